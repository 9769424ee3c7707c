/// What becomes of a request's field among CGI's variables (RFC 3875 section 4.1.18), in whichever direction: of environ, of
/// requests to upstreams and scripts, and of requests that came as variables.
@usableFromInline package enum CGIFieldRole: UInt8, Sendable {
    /// It is `HTTP_NAME`.
    case ordinary
    case host
    /// Several lines of it are joined with `; `.
    case cookie
    /// Its variable has no prefix.
    case contentType
    /// For who asks for an upgrade alone.
    case connection, upgrade
    /// About the connection: of no meaning to who is not the next hop.
    case hopByHop
    /// Not passed on: framing that the server has dealt with, and `Proxy`, as scripts take HTTP_PROXY for their own proxy
    /// (httpoxy, CVE-2016-5387).
    case dropped

    /// - Parameter name: of the field, in any case.
    package init(field name: some Collection<UInt8>) {
        switch name.count {
        case 4 where ASCIICase.equals(name, "host"): self = .host
        case 5 where ASCIICase.equals(name, "proxy"): self = .dropped
        case 6 where ASCIICase.equals(name, "cookie"): self = .cookie
        case 12 where ASCIICase.equals(name, "content-type"): self = .contentType
        case 14 where ASCIICase.equals(name, "content-length"): self = .dropped
        case 17 where ASCIICase.equals(name, "transfer-encoding"): self = .dropped
        default:
            let role = FieldRole(name: name)
            self =
                role == .connection
                ? .connection : role == .upgrade ? .upgrade : role == .hopByHop ? .hopByHop : .ordinary
        }
    }

    /// - Parameter name: of the variable, without its prefix.
    package init(variable name: UnsafeRawBufferPointer) {
        // None of those that matter is longer.
        guard name.count <= 19 else {
            self = .ordinary
            return
        }
        let role = withUnsafeTemporaryAllocation(byteCount: max(1, name.count), alignment: 1) { memory in
            for (index, byte) in name.enumerated() {
                memory[index] = byte == UInt8(ascii: "_") ? UInt8(ascii: "-") : byte
            }
            return Self(field: UnsafeRawBufferPointer(rebasing: memory[..<name.count]))
        }
        switch role {
        // The variables without a prefix say it; what the peer's client expected, the peer has answered.
        case .contentType, .hopByHop: self = .dropped
        case .ordinary where name.elementsEqual("EXPECT".utf8): self = .dropped
        default: self = role
        }
    }

    /// The name of a field's variable: `HTTP_USER_AGENT`.
    package static func variable(for name: some Collection<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(name.count + 5)
        if !ASCIICase.equals(name, "content-type") { text.append(contentsOf: "HTTP_".utf8) }
        for byte in name {
            text.append(byte == UInt8(ascii: "-") ? UInt8(ascii: "_") : ASCIICase.uppercased(byte))
        }
        return text
    }
}
