import MartletMonitoring
import MartletServer

extension SiteReloader {
    /// Why requests cannot be answered at the moment: of the first route of which that is so.
    var problem: String? {
        let running = running
        for (route, target) in zip(running.site.routes, running.targets) {
            if let problem = target.problem { return log.masked("\(problem), at \(route.name)") }
        }
        return nil
    }

    /// What the targets of all routes are doing that have something to say, without secrets of the site.
    func statuses() async -> [(route: Route, status: TargetStatus)] {
        let running = running
        var statuses: [(route: Route, status: TargetStatus)] = []
        for (route, target) in zip(running.site.routes, running.targets) {
            if let status = await target.status() { statuses.append((route, status.masked(by: log))) }
        }
        return statuses
    }

    /// What the workers and the upstreams of every route are doing, and what caches have done.
    func report() async -> ApplicationReport {
        var pools: [PoolReport] = []
        var upstreams: [UpstreamReport] = []
        func add(_ status: TargetStatus, _ site: String, _ path: String) {
            switch status {
            case .wsgi(let status): pools.append(PoolReport(site: site, route: path, pool: status))
            case .proxy(let status): upstreams.append(UpstreamReport(site: site, route: path, status: status))
            case .program: break
            case .parts(let parts): for part in parts { add(part.status, site, part.path) }
            }
        }
        for (route, status) in await statuses() { add(status, route.host ?? "", "\(route.path)") }
        var report = ApplicationReport(pools, running.cacheReports)
        report.add(upstreams)
        return report
    }
}
