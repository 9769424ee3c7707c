internal import HTTPTypes
internal import MartletBytes
internal import MartletGateway

/// Finds what answers by host and path. The routes of the host that fits best come first, then those of every host.
struct HostRouter<Value: Sendable>: Sendable {
    /// Of every host.
    private(set) var common = Router<Value>()
    private var hosts = Router<Int>()
    private var routers: [Router<Value>] = []
    private var numbers: [RoutePattern: Int] = [:]

    var hasHosts: Bool { !routers.isEmpty }

    typealias Outcome = Router<Value>.Outcome

    /// The longest name of DNS (RFC 1035 section 2.3.4).
    private static var longest: Int { 253 }

    mutating func add(_ rule: Router<Value>.Rule, host: HostPattern?) throws(RoutePattern.Malformed) -> [String] {
        guard let host else { return common.add(rule).map(\.description) }
        let number = try number(of: host, rule.location)
        return routers[number].add(rule).map { "\($0) (host \(host))" }
    }

    mutating func addMount(_ rule: Router<Value>.Rule, host: HostPattern?) throws(RoutePattern.Malformed) -> [String] {
        guard let host else { return common.addMount(rule).map(\.description) }
        let number = try number(of: host, rule.location)
        return routers[number].addMount(rule).map { "\($0) (host \(host))" }
    }

    private mutating func number(of host: HostPattern, _ location: SourceLocation) throws(RoutePattern.Malformed) -> Int
    {
        if let number = numbers[host.path] { return number }
        let rule = Router<Int>.Rule(
            pattern: host.path,
            matchers: try host.path.matchers(for: nil),
            methods: [.get],
            value: routers.count,
            location: location
        )
        if let clash = hosts.add(rule).first {
            throw RoutePattern.Malformed(description: "its host is the same as \(clash.other), with other names")
        }
        numbers[host.path] = routers.count
        routers.append(Router())
        return routers.count - 1
    }

    func match(_ request: Request) -> Outcome {
        withExtendedLifetime(request.head) {
            // The Host field is looked for only where it matters.
            let authority = hasHosts ? request.head.authority.map { request.head.slice($0) } : nil
            return match(request.method, path: request.pathBytes, authority: authority)
        }
    }

    /// - Parameter authority: what the client addressed, with its port.
    func match(
        _ method: HTTPRequest.Method,
        path: UnsafeRawBufferPointer,
        authority: UnsafeRawBufferPointer?
    ) -> Outcome {
        guard hasHosts, let authority, let (router, labels) = find(authority) else {
            return common.match(method, path: path)
        }
        let own = routers[router].match(method, path: path)
        switch own {
        case .found(let value, let values): return .found(value, values: labels + values)
        case .mounted: return own
        case .redirect, .wrongMethod, .notFound: break
        }
        let shared = common.match(method, path: path)
        switch (own, shared) {
        case (_, .found), (_, .mounted): return shared
        case (.redirect, _): return own
        case (_, .redirect): return shared
        case (.wrongMethod(let some), .wrongMethod(let others)): return .wrongMethod(allowed: some + others)
        case (.wrongMethod, _): return own
        default: return shared
        }
    }

    private func find(_ authority: UnsafeRawBufferPointer) -> (router: Int, labels: [String])? {
        let name = HostName.name(in: authority)
        // A percent sign would be decoded, as in paths: no name of DNS has one.
        guard name.count <= Self.longest, !name.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "%") })
        else { return nil }
        let labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let path = labels.reversed().flatMap { [UInt8(ascii: "/")] + $0.map(ASCIICase.lowercased) }
        guard case .found(let router, let values) = path.withUnsafeBytes({ hosts.match(.get, path: $0) }) else {
            return nil
        }
        return (router, values)
    }
}
