import HTTPTypes
import MartletBytes
import MartletGateway

/// What ties a request to one of several upstreams: the key of a hash, or the cookie of a session.
struct Affinity {
    /// What the choice depends on, where it is made by a hash.
    let key: UInt64?
    /// The upstream that the client's cookie names.
    let session: UInt64?

    /// Nothing.
    static let none = Affinity()

    private init() { (key, session) = (nil, nil) }

    /// Whether there is anything of a request that decides.
    static func isNeeded(_ configuration: ProxyConfiguration) -> Bool {
        if case .hash = configuration.balance { return true }
        return configuration.stickyCookie != nil
    }

    init(of request: Request, _ configuration: ProxyConfiguration) {
        if case .hash(let kind) = configuration.balance { key = Self.key(of: request, kind) } else { key = nil }
        session = configuration.stickyCookie.flatMap { Self.session(of: request, cookie: $0) }
    }

    private static func key(of request: Request, _ kind: HashKey) -> UInt64? {
        let head = request.head
        switch kind {
        case .path: return StableHash.of(head.slice(head.path))
        case .header(let name):
            let value = head.fields.first { ASCIICase.equals(head.slice($0.name), name.utf8) }
            return value.map { StableHash.of(head.slice($0.value)) } ?? 0
        case .cookie(let name): return value(ofCookie: name, in: request).map { StableHash.of($0.utf8) }
        case .address:
            guard let address = request.connection.remoteAddress.flatMap(IPAddress.init) else { return 0 }
            return StableHash.of("\(address.isIPv4 ? address.low : address.high)".utf8)
        }
    }

    private static func session(of request: Request, cookie name: String) -> UInt64? {
        value(ofCookie: name, in: request).flatMap { UInt64($0, radix: 16) }
    }

    private static func value(ofCookie name: String, in request: Request) -> Substring? {
        guard let cookies = request.headers[.cookie] else { return nil }
        for cookie in cookies.split(separator: ";") {
            let pair = cookie.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2, pair[0] == name { return pair[1] }
        }
        return nil
    }

    /// An answer with the cookie that ties its client to the upstream, where there is one.
    func marked(_ response: Response, for call: ProxyCall) -> Response {
        guard let name = call.configuration.stickyCookie, let upstream = call.upstream else { return response }
        var response = response
        mark(&response, name, by: call.proxy.group.urls[upstream], of: call.request)
        return response
    }

    /// Sets the cookie that ties a client to an upstream, unless the client has it.
    private func mark(_ response: inout Response, _ name: String, by upstream: UpstreamURL, of request: Request) {
        guard session != upstream.identity else { return }
        let identity = String(upstream.identity, radix: 16)
        let secure = request.connection.scheme == "https" ? "; Secure" : ""
        response.headers.append("Set-Cookie", "\(name)=\(identity); Path=/; HttpOnly; SameSite=Lax\(secure)")
    }
}
