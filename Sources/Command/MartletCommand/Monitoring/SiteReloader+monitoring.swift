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

    /// What the workers and the upstreams of every route are doing.
    func report() async -> ApplicationReport {
        let running = running
        var pools: [PoolReport] = []
        var upstreams: [UpstreamReport] = []
        for (route, target) in zip(running.site.routes, running.targets) {
            let (site, path) = (route.host ?? "", "\(route.path)")
            switch await target.status() {
            case .wsgi(let status): pools.append(PoolReport(site: site, route: path, pool: status))
            case .proxy(let status): upstreams.append(UpstreamReport(site: site, route: path, status: status))
            case nil: break
            }
        }
        var report = ApplicationReport(pools)
        report.add(upstreams)
        return report
    }
}
