import MartletGateway
import MartletPolicies
import MartletProxy
import MartletServer

/// A site whose targets run.
struct RunningSite: Sendable {
    let site: Site
    /// One for each route, in their order.
    let targets: [any RunningTarget]
    /// What answers its requests.
    let application: any Application
    /// All of them.
    private let policies: [any Policy]
    /// The caches of its routes.
    let caches: [ResponseCache]

    /// - Parameters:
    ///   - names: what requests are counted as; nil where nobody counts.
    ///   - former: the one whose place it takes: what its policies have counted goes on to count.
    init(
        _ prepared: PreparedSite,
        targets: [any RunningTarget],
        counting names: RouteNames?,
        inPlaceOf former: RunningSite?
    ) {
        site = prepared.site
        self.targets = targets
        var policies = former?.policies ?? []
        var caches = former?.caches ?? []
        var rest = targets[...]
        var named: [(names: [HostName], application: any Application)] = []
        var fallback: (any Application)?
        for (host, own) in zip(site.allHosts, prepared.policies) where !host.routes.isEmpty {
            let targets = Array(rest.prefix(host.routes.count))
            rest = rest.dropFirst(targets.count)
            let application = Self.redirecting(
                host,
                Self.application(of: host, targets, own, names, &policies, &caches)
            )
            if host.title == nil { fallback = application } else { named.append((host.names, application)) }
        }
        // A server without names needs nobody to choose one.
        application = named.isEmpty ? fallback ?? NotFound() : Hosts(named, fallback: fallback)
        self.policies = Array(policies.dropFirst(former?.policies.count ?? 0))
        let asked = Set(prepared.policies.flatMap(\.routes).compactMap(\.cache))
        self.caches = caches.filter { asked.contains($0.configuration) }
    }

    /// - Parameters:
    ///   - known: policies that count, which the same words at the same place go on with; new ones are added.
    ///   - caches: as these.
    private static func application(
        of host: Host,
        _ targets: [any RunningTarget],
        _ policies: HostPolicies,
        _ names: RouteNames?,
        _ known: inout [any Policy],
        _ caches: inout [ResponseCache]
    ) -> any Application {
        func policed(_ application: any Application, _ policies: RoutePolicies) -> any Application {
            let chain = policies.chain(asking: sender, keeping: known)
            known += chain
            return application.policed(by: chain)
        }
        // Whoever is asked about requests answers without policies, which could ask again.
        let sender = ApplicationSender(Mounts(zip(host.routes, targets).map { .init(path: $0.path, application: $1) }))
        let applications = zip(host.routes, zip(targets, policies.routes)).map { route, own in
            let application = policed(cached(own.0, of: route, own.1, &caches), own.1)
            guard let names else { return application }
            let number = names.number(site: route.host ?? "", route: "\(route.path)")
            return CountedRoute(application, number: number) as any Application
        }
        // One target at the root needs nobody to choose it.
        if let only = applications.first, host.routes.map(\.path.depth) == [0] { return only }
        return Mounts(
            zip(host.routes, applications).map {
                .init(path: $0.path, application: $1, passesPathsOn: $0.target.passesPathsOn)
            },
            otherwise: policed(NotFound(), policies.otherwise)
        )
    }

    /// A script may answer by another path of its host, and an application behind FastCGI or SCGI too.
    private static func redirecting(_ host: Host, _ application: any Application) -> any Application {
        host.routes.contains(where: \.target.hasLocalRedirects) ? LocalRedirects(application) : application
    }

    private static func cached(
        _ target: any RunningTarget,
        of route: Route,
        _ policies: RoutePolicies,
        _ caches: inout [ResponseCache]
    ) -> any Application {
        // A folder notices what has changed; who has got its files from a cache would have to wait for as long as browsers do.
        if case .files = route.target { return target }
        return policies.cached(target, identity: route.identity.text, in: &caches)
    }
}
