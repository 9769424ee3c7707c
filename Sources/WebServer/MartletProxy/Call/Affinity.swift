import HTTPTypes
import MartletBytes
import MartletGateway

/// What ties a request to one of several upstreams: the key of a hash, or the cookie of a session.
extension ProxyCall {
    var key: UInt64? {
        guard case .hash(let kind) = configuration.balance else { return nil }
        let head = request.head
        switch kind {
        case .path: return StableHash.of(head.slice(head.path))
        case .header(let name):
            let value = head.fields.first { ASCIICase.equals(head.slice($0.name), name.utf8) }
            return value.map { StableHash.of(head.slice($0.value)) } ?? 0
        case .address:
            guard let address = request.connection.remoteAddress.flatMap(IPAddress.init) else { return 0 }
            return StableHash.of("\(address.isIPv4 ? address.low : address.high)".utf8)
        }
    }

    /// The upstream that the client's cookie names.
    var sticky: UInt64? {
        guard let name = configuration.stickyCookie, let cookies = request.headers[.cookie] else { return nil }
        for cookie in cookies.split(separator: ";") {
            let pair = cookie.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2, pair[0] == name { return UInt64(pair[1], radix: 16) }
        }
        return nil
    }

    /// The cookie that the answer sets: nil where the client has it.
    var stickyCookie: String? {
        guard let name = configuration.stickyCookie, let upstream else { return nil }
        let identity = proxy.group.urls[upstream].identity
        guard sticky != identity else { return nil }
        let secure = request.connection.scheme == "https" ? "; Secure" : ""
        return "\(name)=\(String(identity, radix: 16)); Path=/; HttpOnly; SameSite=Lax\(secure)"
    }
}
