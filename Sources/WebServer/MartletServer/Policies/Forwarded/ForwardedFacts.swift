import MartletBytes
import MartletHTTP1

/// What trusted proxies say about a request; nil for what they do not say.
package struct ForwardedFacts: Sendable, Equatable {
    package var client: ForwardedNode?
    package var isSecure: Bool?
    /// Host and perhaps port, as in a Host field.
    package var host: [UInt8]?
    package var port: Int?
    /// The path that the proxy has the application mounted under, without a trailing slash.
    package var prefix: [UInt8]?
    /// Whether the lines of `Forwarded` are to be removed.
    package var dropsForwarded = false
    /// How many proxies were believed.
    package var hops = 0

    package init(isSecure: Bool? = nil, host: [UInt8]? = nil, port: Int? = nil) {
        self.isSecure = isSecure
        self.host = host
        self.port = port
    }
}

// MARK: - Values

extension ForwardedFacts {
    static func isSecure(_ text: ArraySlice<UInt8>) -> Bool? {
        switch String(decoding: text, as: UTF8.self).lowercased() {
        // gunicorn's `secure_scheme_headers` accepts `ssl` in X-Forwarded-Protocol.
        case "https", "wss", "ssl": true
        case "http", "ws": false
        default: nil
        }
    }

    /// `on` or `off`, as in X-Forwarded-Ssl.
    static func isOn(_ text: ArraySlice<UInt8>) -> Bool? {
        switch String(decoding: text, as: UTF8.self).lowercased() {
        case "on": true
        case "off": false
        default: nil
        }
    }

    static func validHost(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        text.withUnsafeBytes(HostSyntax.isValid) ? Array(text) : nil
    }

    /// 1 to 65535.
    static func port(_ text: ArraySlice<UInt8>) -> Int? {
        guard (1...5).contains(text.count), text.allSatisfy(ASCII.isDigit) else { return nil }
        let number = text.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return (1...65_535).contains(number) ? number : nil
    }

    /// A safe prefix: segments of plain characters, none of them empty, `.` or `..`, without percent-encoding. The
    /// trailing slash is removed; nil for the root and for anything else.
    static func cleanPrefix(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var text = text
        if text.last == UInt8(ascii: "/") { text.removeLast() }
        guard text.first == UInt8(ascii: "/"), text.allSatisfy(isPlain) else { return nil }
        let segments = text.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isClean = segments.allSatisfy { !$0.isEmpty && $0 != [0x2E] && $0 != [0x2E, 0x2E] }
        return isClean ? Array(text) : nil
    }

    /// A byte of a path (RFC 3986 section 3.3), except the percent sign.
    private static func isPlain(_ byte: UInt8) -> Bool {
        PercentEncoding.isUnreserved(byte) || "/:@!$&'()*+,;=".utf8.contains(byte)
    }
}

// MARK: - The address that the client used

/// Host and port that the client spoke to, as the application sees them.
package struct ForwardedAuthority: Equatable {
    /// For Host.
    package let text: [UInt8]
    /// For SERVER_NAME: without brackets.
    package let name: [UInt8]
    /// For SERVER_PORT.
    package let port: Int

    /// - Parameters:
    ///   - current: the authority that the request came with.
    ///   - isSecure: whether the connection itself is.
    /// - Returns: nil if the proxies say nothing about it, or no host is known.
    package init?(_ facts: ForwardedFacts, current: [UInt8]?, isSecure: Bool) {
        guard facts.host != nil || facts.port != nil || facts.isSecure != nil else { return nil }
        guard let authority = facts.host ?? current, !authority.isEmpty else { return nil }
        let closing = authority.first == UInt8(ascii: "[") ? authority.firstIndex(of: UInt8(ascii: "]")) : nil
        let end = authority[(closing ?? 0)...].firstIndex(of: UInt8(ascii: ":")) ?? authority.endIndex
        name = closing.map { Array(authority[1..<$0]) } ?? Array(authority[..<end])
        let standard = facts.isSecure ?? isSecure ? 443 : 80
        // As in Werkzeug's ProxyFix: X-Forwarded-Port replaces the port of the host.
        if let forwarded = facts.port {
            port = forwarded
            text = Array(authority[..<end]) + (forwarded == standard ? [] : Array(":\(forwarded)".utf8))
        } else {
            port = ForwardedFacts.port(authority[end...].dropFirst()) ?? standard
            text = authority
        }
    }
}
