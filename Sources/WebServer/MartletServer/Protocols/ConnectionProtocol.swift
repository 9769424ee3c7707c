import MartletCGI
import NIOCore

/// The protocol that a connection speaks from its first byte on.
enum ConnectionProtocol {
    case http1
    case http2
    case uwsgi
    case scgi
    case fastcgi
    /// What a process was started with, for one request: no listener has it.
    case cgi

    /// What is spoken on a listener that does not encrypt.
    init(_ scheme: ListenScheme) {
        switch scheme {
        case .http, .https: self = .http1
        case .uwsgi: self = .uwsgi
        case .scgi: self = .scgi
        case .fastcgi: self = .fastcgi
        }
    }

    /// What is offered in the TLS handshake, the best first.
    static let offered = ["h2", "http/1.1"]

    /// What the TLS handshake has agreed on (RFC 7301); without an agreement it is HTTP/1.1.
    init(alpn: String?) {
        self = alpn == "h2" ? .http2 : .http1
    }

    /// Whether there is one among those that a client offers; one that offers none wants HTTP/1.1.
    static func canAgree(on protocols: [String]) -> Bool {
        protocols.isEmpty || protocols.contains { offered.contains($0) }
    }

    func open(over transport: any Transport, services: LoopContext) -> any ServerConnection {
        switch self {
        case .http1: HTTP1Connection(transport: transport, services: services)
        case .http2: HTTP2Connection(transport: transport, services: services)
        case .uwsgi: CGIConnection(over: .uwsgi, transport: transport, services: services)
        case .scgi: CGIConnection(over: .scgi, transport: transport, services: services)
        case .fastcgi: CGIConnection(overFastCGI: transport, services: services)
        case .cgi: CGIConnection(over: .cgi, transport: transport, services: services)
        }
    }
}
