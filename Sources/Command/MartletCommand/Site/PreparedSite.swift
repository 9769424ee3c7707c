import MartletPolicies
import MartletServer

/// A site of which is known that what its targets and policies need is there. Nothing of it runs yet.
struct PreparedSite: Sendable {
    let site: Site
    /// One for each route, in their order.
    let targets: [any PreparedTarget]
    /// One for each host, in their order.
    let policies: [HostPolicies]
}

/// The policies of a host.
struct HostPolicies: Sendable {
    /// Of what no route is for.
    var otherwise = RoutePolicies()
    /// One for each route, in their order.
    var routes: [RoutePolicies] = []
}

extension PreparedSite {
    /// Of a file, with everything that can be known before anything starts.
    ///
    /// - Throws: ``ConfigurationError`` with everything that is wrong.
    init(_ file: ConfigurationFile) throws(ConfigurationError) {
        let site = try file.read()
        var problems = site.allHosts.compactMap { $0.tls?.problem } + site.acmeProblems
        targets = Self.targets(of: site, &problems)
        var policies = site.allHosts.map { Self.policies(of: $0, site, &problems) }
        let limit = site.server.limits.bodyBytes
        if policies.mostBody > limit {
            for host in policies.indices { policies[host].refuseBodies(above: limit) }
        }
        self.policies = policies
        self.site = site
        if !problems.isEmpty { throw ConfigurationError(problems, in: file.text) }
    }

    private static func targets(of site: Site, _ problems: inout [ConfigurationProblem]) -> [any PreparedTarget] {
        var targets: [any PreparedTarget] = []
        for route in site.routes {
            do throws(TargetProblem) {
                targets.append(try route.target.prepare(isOneOfSeveral: true))
            } catch {
                let place = route.places.settings[error.key] ?? route.places.table
                problems.append(ConfigurationProblem(place: place, message: error.description))
            }
        }
        return targets
    }

    private static func policies(
        of host: Host,
        _ site: Site,
        _ problems: inout [ConfigurationProblem]
    ) -> HostPolicies {
        let outer = host.policies.within(site.policies)
        func prepare(_ settings: PolicySettings) -> RoutePolicies {
            // What is said once for many routes is wrong once.
            func add(_ problem: ConfigurationProblem) { if !problems.contains(problem) { problems.append(problem) } }
            if let problem = settings.problem(in: host) { add(problem) }
            return settings.prepare(add)
        }
        return HostPolicies(
            otherwise: prepare(outer),
            routes: host.routes.map { prepare($0.policies.within(outer)) }
        )
    }

    /// How the server is set up: it takes in as much as the route that takes the most, and the others refuse what is more
    /// than they take.
    var server: ServerConfiguration {
        var server = site.server
        server.limits.bodyBytes = max(server.limits.bodyBytes, policies.mostBody)
        return server
    }
}

extension HostPolicies {
    /// Where a route says nothing.
    fileprivate mutating func refuseBodies(above limit: Int) {
        for index in routes.indices where routes[index].limits?.body == nil {
            routes[index].limits = routes[index].limits ?? RouteLimits()
            routes[index].limits?.body = limit
        }
    }
}

extension [HostPolicies] {
    fileprivate var mostBody: Int { flatMap(\.routes).compactMap { $0.limits?.body }.max() ?? 0 }
}
