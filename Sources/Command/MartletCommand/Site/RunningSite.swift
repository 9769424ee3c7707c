import MartletGateway
import MartletServer

/// A site whose targets run.
struct RunningSite: Sendable {
    let site: Site
    /// One for each route, in their order.
    let targets: [any RunningTarget]
    /// What requests are counted as; nil where nobody counts.
    var names: RouteNames?

    /// What answers its requests. One target at the root of a server without names needs nobody to choose it.
    var application: any Application {
        var rest = targets[...]
        func application(of host: Host) -> (any Application)? {
            defer { rest = rest.dropFirst(host.routes.count) }
            guard let first = rest.first, let route = host.routes.first else { return nil }
            if host.routes.count == 1, route.path.depth == 0 { return counted(first, route) }
            return Mounts(zip(host.routes, rest).map { Mounts.Mount(path: $0.path, application: counted($1, $0)) })
        }
        let named = site.hosts.compactMap { host in application(of: host).map { (host.names, $0) } }
        let fallback = application(of: site.defaultHost)
        if named.isEmpty, let fallback { return fallback }
        return Hosts(named.map { (names: $0, application: $1) }, fallback: fallback)
    }
    private func counted(_ application: any Application, _ route: Route) -> any Application {
        guard let names else { return application }
        return CountedRoute(application, number: names.number(site: route.host ?? "", route: "\(route.path)"))
    }
}
