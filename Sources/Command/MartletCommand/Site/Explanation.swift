import MartletBytes
import MartletGateway
import MartletServer

/// A request as far as it decides who answers: the parts of a URL.
struct ExplainedRequest: Equatable {
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    let text: String
    var scheme: String?
    var authority = ""
    /// Percent-encoded.
    var path = "/"

    /// Reads `https://example.com/path?query`, `example.com/path` or `/path`.
    init(parsing text: String) throws(Problem) {
        self.text = text
        var rest = text.prefix { $0 != "?" && $0 != "#" }
        if let mark = rest.firstRange(of: "://") {
            let scheme = rest[..<mark.lowerBound].lowercased()
            guard ["http", "https"].contains(scheme) else {
                throw Problem(description: "'\(text)' is no URL of http or https")
            }
            self.scheme = scheme
            rest = rest[mark.upperBound...]
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        authority = String(rest[..<slash])
        if slash < rest.endIndex { path = String(rest[slash...]) }
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw Problem(description: "'\(text)' is no URL: it is empty, or has a blank or a control character in it")
        }
        guard self.scheme == nil || !authority.isEmpty else {
            throw Problem(description: "'\(text)' names no server")
        }
    }
}

/// What a request would meet, and why not the rest.
struct Explanation {
    private let request: ExplainedRequest
    private let prepared: PreparedSite
    private var lines: [String] = []

    init(of request: ExplainedRequest, in prepared: PreparedSite) {
        self.request = request
        self.prepared = prepared
    }

    func render() -> String {
        var explanation = self
        explanation.explain()
        return site.secrets.masked((["\(request.text)"] + explanation.lines).joined(separator: "\n") + "\n")
    }

    private mutating func add(_ title: String, _ text: String) {
        lines.append("  " + title.padded(to: 10) + text)
    }

    private var site: Site { prepared.site }

    private mutating func explain() {
        if request.authority.contains("@") {
            add(
                "answer",
                "400 Bad Request: no user stands in the URL of a request; clients take it out, and send it as Authorization"
            )
            return
        }
        if let health = site.server.healthPath, request.path == health {
            add("answer", "200 OK, or 503 while the server is not ready (health)")
            add("", "under every name, before redirects and routes")
            return
        }
        if let place = site.secureAddress(of: request) {
            add("answer", "308 Permanent Redirect to \(place) (redirect-to-https)")
            add("", "not through a trusted proxy that has it by https, or over a Unix socket; then, as for that:")
        }
        guard let (host, why) = chooseHost() else {
            add("answer", "421 Misdirected Request: no site has that name, and there is no route without a site")
            for other in site.hosts { add("not site", Self.names(of: other)) }
            return
        }
        add("site", why)
        guard explainClients(of: host) else { return }
        explainRoute(of: host)
        for other in site.hosts where other.title != host.title {
            add("not site", "\(Self.names(of: other)): another name")
        }
    }

    /// - Returns: whether the request gets past what the site asks of its clients.
    private mutating func explainClients(of host: Host) -> Bool {
        guard let tls = host.tls ?? site.defaultHost.tls, let authority = tls.site.clientAuthority else { return true }
        let place = place(tls.places.settings["client-ca"] ?? tls.places.table)
        guard tls.site.requiresClients else {
            add("client", "may show a certificate that \(authority) vouches for (\(place))")
            return true
        }
        add("client", "shows a certificate that \(authority) vouches for (\(place)), or has no connection")
        guard request.scheme == "http" else { return true }
        add("answer", "421 Misdirected Request: what comes without TLS of this server has shown no certificate")
        return false
    }

    private static func names(of host: Host) -> String {
        host.names.map { "\($0)" }.joined(separator: ", ")
    }

    private func place(_ place: TextPlace) -> String { "line \(place.line)" }

    /// The same choice as ``Hosts`` makes.
    private func chooseHost() -> (Host, why: String)? {
        let authority = Array(request.authority.utf8)
        let name = authority.withUnsafeBytes { Array(HostName.name(in: $0)) }
        let matches = site.hosts.compactMap { host -> (Host, HostName)? in
            host.names.filter { $0.matches(name) }.min { !$0.isWildcard && $1.isWildcard }.map { (host, $0) }
        }
        if let (host, name) = matches.min(by: { !$0.1.isWildcard && $1.1.isWildcard }) {
            let how = name.isWildcard ? "by its wildcard \(name)" : "by its name"
            return (host, "\(host.title ?? "") (\(place(host.place))), \(how)")
        }
        guard !site.defaultHost.routes.isEmpty else { return nil }
        return (site.defaultHost, site.hosts.isEmpty ? "every name" : "the routes without a site: none has that name")
    }

    /// The same choice as ``Mounts`` makes.
    private mutating func explainRoute(of host: Host) {
        let path = Array(request.path.utf8)
        let below = host.routes.compactMap { route in
            path.withUnsafeBytes { bytes in route.path.length(in: bytes) }.map { (route, length: $0) }
        }
        guard let (route, length) = below.max(by: { $0.0.path.depth < $1.0.path.depth }) else {
            add("answer", "404 Not Found: no route has that path below it")
            for other in host.routes { add("not route", "\(other.path): the path is not below it") }
            return
        }
        add("route", "\(route.path) (\(place(route.places.table)))")
        let (mount, rest) = (path.prefix(length), path.dropFirst(length))
        if let index = site.routes.firstIndex(where: { $0.name == route.name }), index < prepared.targets.count {
            let target = prepared.targets[index]
            add("target", target.summary)
            for fact in target.facts + target.explanation(of: Array(rest)) { add("", "\(fact.title): \(fact.text)") }
        }
        add("path", "'\(String(decoding: rest, as: UTF8.self))' below '\(String(decoding: mount, as: UTF8.self))'")
        add("limits", site.server.limits.summary)
        let policies = route.policies.within(host.policies.within(site.policies))
        for policy in policies.summaries { add("policy", "\(policy.key): \(policy.text) (\(place(policy.place)))") }
        for other in host.routes where other.path != route.path {
            let isBelow = below.contains { $0.0.path == other.path }
            add("not route", "\(other.path): " + (isBelow ? "\(route.path) is longer" : "the path is not below it"))
        }
    }
}
