/// What a server does with a response field of this name: copy it (no role), add it unless the application did, check
/// it, or drop it because it is about the connection.
///
/// The fields about the connection, in one list for every server and test client:
///
/// * Connection, Keep-Alive, Proxy-Connection, TE, Transfer-Encoding and Upgrade: those that RFC 9110 section 7.6.1
///   names.
/// * Trailer (section 6.6.2): it announces what a response of this interface never has. `Trailers` is how RFC 2616
///   section 13.5.1 and, after it, wsgiref spell it.
/// * Proxy-Authenticate and Proxy-Authorization: they are between a client and the next proxy (section 11.7), and this
///   server is none. PEP 3333 forbids them, and Go's ReverseProxy and gunicorn drop them too.
@usableFromInline package struct FieldRole: OptionSet, Sendable {
    @usableFromInline package let rawValue: UInt8

    @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable package static var date: FieldRole { FieldRole(rawValue: 1) }
    @inlinable package static var server: FieldRole { FieldRole(rawValue: 2) }
    @inlinable package static var contentLength: FieldRole { FieldRole(rawValue: 4) }
    /// Servers honour its `close`, but write the field themselves.
    @inlinable package static var connection: FieldRole { FieldRole(rawValue: 8) }
    /// Passed on with an upgrade only.
    @inlinable package static var upgrade: FieldRole { FieldRole(rawValue: 16) }
    /// Every other field about the connection: never passed on.
    @inlinable package static var hopByHop: FieldRole { FieldRole(rawValue: 32) }

    /// The fields that the server adds only if they are missing.
    @inlinable package static var defaulted: FieldRole { FieldRole(rawValue: 3) }

    /// The fields about the connection. An application cannot set them.
    @inlinable package static var aboutConnection: FieldRole { FieldRole(rawValue: 56) }

    /// The role of a field; empty for one that is copied.
    @inlinable package init(name: some Collection<UInt8>) {
        switch name.count {
        case 2 where ASCIICase.equals(name, "te"): self = .hopByHop
        case 4 where ASCIICase.equals(name, "date"): self = .date
        case 6 where ASCIICase.equals(name, "server"): self = .server
        case 7 where ASCIICase.equals(name, "upgrade"): self = .upgrade
        case 7 where ASCIICase.equals(name, "trailer"): self = .hopByHop
        case 8 where ASCIICase.equals(name, "trailers"): self = .hopByHop
        case 10 where ASCIICase.equals(name, "connection"): self = .connection
        case 10 where ASCIICase.equals(name, "keep-alive"): self = .hopByHop
        case 14 where ASCIICase.equals(name, "content-length"): self = .contentLength
        case 16 where ASCIICase.equals(name, "proxy-connection"): self = .hopByHop
        case 17 where ASCIICase.equals(name, "transfer-encoding"): self = .hopByHop
        case 18 where ASCIICase.equals(name, "proxy-authenticate"): self = .hopByHop
        case 19 where ASCIICase.equals(name, "proxy-authorization"): self = .hopByHop
        default: self = []
        }
    }
}
