import MartletBytes

/// The request fields by which a proxy describes its client, and by which a client can impersonate another.
package enum ForwardingField: Sendable, Hashable {
    /// RFC 7239.
    case forwarded
    /// `X-Forwarded-For`, and so on.
    case client, scheme, host, port, prefix
    /// `X-Forwarded-Protocol: ssl` and `X-Forwarded-Ssl: on`, older ways to say the scheme.
    case protocolName, ssl
    /// Another field of the kind, which some proxy sets and some application believes.
    case other

    /// The kind of a field with this name; nil if it is not a forwarding field.
    ///
    /// An underscore counts as a hyphen: environ cannot tell `X_Forwarded_For` from `X-Forwarded-For` (RFC 3875 section
    /// 4.1.18).
    package init?(name: UnsafeRawBufferPointer) {
        let spelled: ForwardingField? =
            if Self.hasUnderscore(name) {
                name.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }.withUnsafeBytes(Self.init(hyphenated:))
            } else {
                Self(hyphenated: name)
            }
        guard let spelled else { return nil }
        self = spelled
    }

    /// Whether a name is spelled in a way that proxies do not use.
    package static func hasUnderscore(_ name: UnsafeRawBufferPointer) -> Bool {
        name.contains(UInt8(ascii: "_"))
    }

    private init?(hyphenated name: UnsafeRawBufferPointer) {
        func isNamed(_ lowercased: StaticString) -> Bool {
            ASCIICase.equals(name, 0..<name.count, lowercased)
        }
        switch name.count {
        case 15 where isNamed("x-forwarded-for"): self = .client
        case 15 where isNamed("x-forwarded-ssl"): self = .ssl
        case 17 where isNamed("x-forwarded-proto"): self = .scheme
        case 16 where isNamed("x-forwarded-host"): self = .host
        case 16 where isNamed("x-forwarded-port"): self = .port
        case 18 where isNamed("x-forwarded-prefix"): self = .prefix
        case 20 where isNamed("x-forwarded-protocol"): self = .protocolName
        case 9 where isNamed("forwarded"): self = .forwarded
        // X-Forwarded-Scheme, -Server, -Path, -Uri …
        case 12...: if ASCIICase.equals(name, 0..<12, "x-forwarded-") { self = .other } else { fallthrough }
        default:
            // mod_wsgi's list for WSGITrustedProxyHeaders, and the fields that IIS and Zend or Symfony take a target
            // from.
            let others: [StaticString] = [
                "x-forwarded", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "x-scheme", "x-url-scheme", "x-https",
                "x-host", "x-script-name", "front-end-https", "forwarded-for", "x-proxyuser-ip", "x-original-host",
                "x-original-url", "x-rewrite-url",
            ]
            guard others.contains(where: { isNamed($0) }) else { return nil }
            self = .other
        }
    }

    /// Whether a name is that of such a field with underscores for hyphens. No proxy sends it, but to environ and CGI's
    /// variables it is the same name, so it is never believed.
    package static func isImitated(by name: UnsafeRawBufferPointer) -> Bool {
        guard let first = name.first, mayBegin(with: first), name.contains(UInt8(ascii: "_")) else { return false }
        let spelled = name.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }
        return spelled.withUnsafeBytes { ForwardingField(name: $0) != nil }
    }

    /// Whether a name that begins with this byte may be one; false for nearly all fields that clients send.
    @inline(__always)
    package static func mayBegin(with byte: UInt8) -> Bool {
        let folded = ASCIICase.lowercased(byte)
        return folded == UInt8(ascii: "x") || folded == UInt8(ascii: "f")
    }
}
