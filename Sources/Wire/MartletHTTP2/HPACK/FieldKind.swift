import MartletBytes
import MartletHTTP1

/// What a field of a message means to who receives it, by its name. It is found once for a name and kept in the tables, so that
/// it costs nothing for an indexed field.
enum FieldKind: UInt8, Sendable {
    /// For the application alone.
    case regular
    // Pseudo-header fields (RFC 9113 section 8.3.1, RFC 8441 section 4)
    case method, path, scheme, authority, `protocol`
    /// Of an answer (RFC 9113 section 8.3.2).
    case status
    /// No message has it: an unknown pseudo-header field, a name that is no token or has upper case letters, a field about
    /// the connection (RFC 9113 section 8.2).
    case malformed
    case te, host, cookie, expect, priority, contentType, contentLength
    /// By which a proxy describes its client.
    case forwarding

    init(name: UnsafeRawBufferPointer) {
        guard let first = name.first else {
            self = .malformed
            return
        }
        if first == UInt8(ascii: ":") {
            self = Self.pseudo(name)
            return
        }
        guard name.allSatisfy({ FieldSyntax.isToken($0) && $0 &- 0x41 >= 26 }) else {
            self = .malformed
            return
        }
        self = Self.known(name) ?? (Self.isForwarding(name, first) ? .forwarding : .regular)
    }

    private static func pseudo(_ name: UnsafeRawBufferPointer) -> FieldKind {
        let known: [(StaticString, FieldKind)] = [
            (":method", .method), (":path", .path), (":scheme", .scheme), (":authority", .authority),
            (":protocol", .protocol), (":status", .status),
        ]
        return known.first { isNamed(name, $0.0) }?.1 ?? .malformed
    }

    private static func known(_ name: UnsafeRawBufferPointer) -> FieldKind? {
        let known: [(StaticString, FieldKind)] = [
            ("te", .te), ("host", .host), ("cookie", .cookie), ("expect", .expect), ("upgrade", .malformed),
            ("priority", .priority), ("connection", .malformed), ("keep-alive", .malformed),
            ("content-type", .contentType), ("content-length", .contentLength), ("proxy-connection", .malformed),
            ("transfer-encoding", .malformed),
        ]
        return known.first { isNamed(name, $0.0) }?.1
    }

    private static func isNamed(_ name: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        ASCIICase.equals(name, 0..<name.count, text)
    }

    private static func isForwarding(_ name: UnsafeRawBufferPointer, _ first: UInt8) -> Bool {
        ForwardingField.mayBegin(with: first)
            && (ForwardingField(name: name) != nil || ForwardingField.isImitated(by: name))
    }
}
