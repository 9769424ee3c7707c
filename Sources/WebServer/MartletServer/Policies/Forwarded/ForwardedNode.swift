import MartletBytes
package import MartletGateway

/// The address of a proxy's peer: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`.
package struct ForwardedNode: Sendable, Equatable {
    package let address: IPAddress
    /// Nil if it is unknown or obfuscated (RFC 7239 section 6.3).
    package let port: Int?

    init(address: IPAddress, port: Int? = nil) {
        self.address = address
        self.port = port
    }

    init?(_ text: ArraySlice<UInt8>) {
        let colon = UInt8(ascii: ":")
        var host = text
        var rest: ArraySlice<UInt8> = []
        if text.first == UInt8(ascii: "[") {
            guard let end = text.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            host = text[(text.startIndex + 1)..<end]
            rest = text[(end + 1)...]
            // Only IPv6 addresses may be in brackets.
            guard host.contains(colon) else { return nil }
        } else if let first = text.firstIndex(of: colon), text.lastIndex(of: colon) == first {
            host = text[..<first]
            rest = text[first...]
        }
        guard let address = IPAddress(host) else { return nil }
        var port: Int?
        if let first = rest.popFirst() {
            guard first == colon else { return nil }
            if rest.first == UInt8(ascii: "_") {
                guard rest.count > 1, rest.allSatisfy(Self.isObfuscation) else { return nil }
            } else {
                port = ForwardedFacts.port(rest)
                if port == nil { return nil }
            }
        }
        self.init(address: address, port: port)
    }

    private static func isObfuscation(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: ASCII.isLetter(byte) || ASCII.isDigit(byte)
        }
    }
}
