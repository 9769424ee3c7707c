import MartletMonitoring
import MartletServer

extension SiteReloader {
    /// Why requests cannot be answered at the moment: of the first route of which that is so.
    var problem: String? {
        let running = running
        for (route, target) in zip(running.site.routes, running.targets) {
            if let problem = target.problem { return "\(problem), at \(route.name)" }
        }
        return nil
    }

    /// What the workers of every route are doing.
    func report() async -> ApplicationReport {
        let running = running
        var pools: [PoolReport] = []
        for (route, target) in zip(running.site.routes, running.targets) {
            guard case .wsgi(let status)? = await target.status() else { continue }
            pools.append(PoolReport(site: route.host ?? "", route: "\(route.path)", pool: status))
        }
        return ApplicationReport(pools)
    }
}
