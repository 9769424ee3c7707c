/// Which end of a connection this is: a client masks what it sends, a server does not (RFC 6455 section 5.1).
public enum WebSocketRole: Sendable, Hashable {
    case client
    case server
}
