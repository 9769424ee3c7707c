internal import HTTPTypes
internal import MartletGateway

/// Where a redirect leads, as browsers follow it (RFC 9110 section 15.4, Fetch standard section 4.4).
enum RedirectRules {
    /// Of browsers, by the Fetch standard.
    static let most = 20

    /// The request that follows; nil if the answer is no redirect, or leads to another host.
    static func next(after request: TestRequest, _ response: TestResponse, scheme: String) -> TestRequest? {
        guard [301, 302, 303, 307, 308].contains(response.status.code), let location = response.headers[.location],
            let target = target(location, from: request, scheme: scheme)
        else { return nil }
        var next = request
        next.target = target
        let method = request.method.rawValue
        let becomesGet =
            response.status.code == 303
            ? method != "GET" && method != "HEAD" : response.status.code < 303 && method == "POST"
        if becomesGet {
            next.method = .get
            next.body = .none
            next.headers.removeAll { $0.name == .contentType }
        }
        return next
    }

    private static func target(_ location: String, from request: TestRequest, scheme: String) -> String? {
        var rest = location.prefix { $0 != "#" }
        let host = request.headers.first { $0.name.canonicalName == "host" }?.value ?? "localhost"
        if rest.hasPrefix("//") { rest = "\(scheme):" + rest }
        if rest.hasPrefix("http://") || rest.hasPrefix("https://") {
            let own = "\(scheme)://\(host)"
            guard rest.hasPrefix(own) else { return nil }
            rest = rest.dropFirst(own.count)
            guard !rest.isEmpty else { return "/" }
            guard rest.hasPrefix("/") || rest.hasPrefix("?") else { return nil }
        }
        if rest.hasPrefix("/") { return resolved(String(rest)) }
        let path = request.target.prefix { $0 != "?" }
        if rest.hasPrefix("?") { return String(path) + rest }
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
        return resolved(String(folder + rest))
    }

    /// Takes `.` and `..` out (RFC 3986 section 5.2.4).
    private static func resolved(_ target: String) -> String {
        let path = target.prefix { $0 != "?" }
        var kept: [Substring] = []
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for (index, part) in zip(1..., parts) {
            let isLast = index == parts.count
            switch part {
            case "..":
                _ = kept.popLast()
                if isLast { kept.append("") }
            case ".": if isLast { kept.append("") }
            default: kept.append(part)
            }
        }
        return "/" + kept.joined(separator: "/") + target.dropFirst(path.count)
    }
}

/// An application redirected its client in a circle.
public struct TooManyRedirects: Error, CustomStringConvertible {
    /// The targets, in the order in which they were asked for.
    public let targets: [String]
    public var description: String {
        "More than \(RedirectRules.most) redirects: \(targets.suffix(4).joined(separator: " → ")) …"
    }
}
