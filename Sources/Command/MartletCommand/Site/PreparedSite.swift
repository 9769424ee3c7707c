import MartletPolicies
import MartletServer

/// A site of which is known that what its targets and policies need is there. Nothing of it runs yet.
struct PreparedSite: Sendable {
    let site: Site
    /// One for each route, in their order.
    let targets: [any PreparedTarget]
    /// One for each host, in their order.
    let policies: [HostPolicies]
    /// What will not be as it was meant, a line each.
    var concerns: [String] = []
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
    /// - Parameters:
    ///   - isStrict: whether it has to be served as it was meant.
    ///   - inUse: files of certificates that the running server has read.
    ///   - isForOneRequest: whether it is served by a process that was started for one request.
    ///   - look: finds what else may be wrong.
    /// - Throws: ``ConfigurationError`` with everything that is wrong.
    init(
        _ file: ConfigurationFile,
        isStrict: Bool = false,
        inUse: Set<String> = [],
        isForOneRequest: Bool = false,
        _ look: (Site) -> [ConfigurationProblem] = { _ in [] }
    ) throws(ConfigurationError) {
        let (read, found) = try file.examine(listens: !isForOneRequest)
        let site = isForOneRequest ? read.forOneRequest() : read
        var problems = found
        // Where something is wrong already, the rest follows from it; and what is said once for many is wrong once.
        func add(_ problem: ConfigurationProblem) {
            guard !found.contains(where: { $0.place == problem.place }), !problems.contains(problem) else { return }
            problems.append(problem)
        }
        (site.allHosts.compactMap { $0.tls?.problem(inUse: inUse) } + site.acmeProblems).forEach(add)
        targets = Self.targets(of: site, add)
        let concerns = SiteConcerns(site: site)
        concerns.ofCommands.forEach(add)
        var policies = site.allHosts.map { Self.policies(of: $0, site, add) }
        (concerns.all + look(site)).forEach(add)
        let limit = site.server.limits.bodyBytes
        if policies.mostBody > limit {
            for host in policies.indices { policies[host].refuseBodies(above: limit) }
        }
        self.policies = policies
        self.site = site
        self.concerns = problems.filter { $0.weight == .concern }.sorted { $0.place < $1.place }
            .map { "\(file.text.name):\($0.place.line): \($0.message)" }
        if problems.contains(where: { isStrict || $0.weight == .fault }) {
            throw ConfigurationError(problems, in: file.text, hiding: site.secrets)
        }
    }

    private static func targets(of site: Site, _ report: (ConfigurationProblem) -> Void) -> [any PreparedTarget] {
        var targets: [any PreparedTarget] = []
        for route in site.routes {
            func add(_ problem: TargetProblem, _ weight: ConfigurationProblem.Weight) {
                let place = route.places.settings[problem.key] ?? route.places.table
                report(ConfigurationProblem(place: place, message: problem.description, weight: weight))
            }
            do throws(TargetProblem) {
                let target = try route.target.prepare(isOneOfSeveral: true)
                if let concern = target.concern { add(concern, .concern) }
                targets.append(target)
            } catch {
                add(error, .fault)
            }
        }
        return targets
    }

    private static func policies(
        of host: Host,
        _ site: Site,
        _ report: (ConfigurationProblem) -> Void
    ) -> HostPolicies {
        let outer = host.policies.within(site.policies)
        func prepare(_ settings: PolicySettings) -> RoutePolicies {
            if let problem = settings.problem(in: host) { report(problem) }
            return settings.prepare(report)
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
