import Logging
import MartletServer

/// Starts the targets of a site, side by side.
struct TargetStarter: Sendable {
    let server: Server
    let logger: Logger
    /// Those of the service manager.
    var sockets: [InheritedSocket] = []

    /// All of them have a chance to say what is wrong with them.
    ///
    /// - Parameters:
    ///   - kept: those that run already, by their place.
    ///   - former: the site whose place it takes.
    /// - Throws: ``SiteStartFailure``; then none of those that were started runs.
    func start(
        _ prepared: PreparedSite,
        keeping kept: [Int: any RunningTarget] = [:],
        inPlaceOf former: RunningSite? = nil
    ) async throws -> RunningSite {
        let site = prepared.site
        let results = await withTaskGroup(of: (Int, Result<any RunningTarget, any Error>).self) { group in
            for (index, (route, target)) in zip(site.routes, prepared.targets).enumerated() where kept[index] == nil {
                group.addTask { (index, await start(target, of: route, site)) }
            }
            return await group.reduce(into: [Int: Result<any RunningTarget, any Error>]()) { $0[$1.0] = $1.1 }
        }
        // A reload that fails leaves what was there serving instead.
        let isServed = former == nil && results.values.contains { if case .success = $0 { true } else { false } }
        var failures: [SiteStartFailure.Failure] = []
        var started: [any RunningTarget] = []
        var targets: [any RunningTarget] = []
        for (index, route) in site.routes.enumerated() {
            switch results[index] {
            case .success(let target):
                started.append(target)
                targets.append(target)
            case .failure(let error) where isServed:
                if let later = startLater(prepared.targets[index], after: error, of: route, site) {
                    started.append(later)
                    targets.append(later)
                } else {
                    failures.append(.init(route: route, error: error))
                }
            case .failure(let error): failures.append(.init(route: route, error: error))
            case nil: if let target = kept[index] { targets.append(target) }
            }
        }
        guard failures.isEmpty else {
            await started.stop(within: site.server.shutdownGrace)
            throw SiteStartFailure(failures: failures)
        }
        return RunningSite(prepared, targets: targets, counting: server.countedRoutes, inPlaceOf: former)
    }

    private func start(
        _ target: any PreparedTarget,
        of route: Route,
        _ site: Site
    ) async -> Result<any RunningTarget, any Error> {
        do {
            return .success(
                try await target.start(
                    on: server.eventLoops,
                    grace: site.server.shutdownGrace,
                    logger: logger(of: route, site)
                )
            )
        } catch {
            return .failure(error)
        }
    }

    private func startLater(
        _ target: any PreparedTarget,
        after error: any Error,
        of route: Route,
        _ site: Site
    ) -> (any RunningTarget)? {
        target.startLater(
            after: error,
            on: server.eventLoops,
            grace: site.server.shutdownGrace,
            logger: logger(of: route, site)
        )
    }

    private func logger(of route: Route, _ site: Site) -> Logger {
        var logger = logger
        if site.routes.count > 1 { logger[metadataKey: "app"] = "\(route.name)" }
        return logger
    }
}

extension [any RunningTarget] {
    func stop(within grace: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            for target in self { group.addTask { await target.stop(grace: grace) } }
        }
    }
}

/// Targets that could not be started.
struct SiteStartFailure: Error {
    struct Failure {
        let route: Route
        let error: any Error
    }

    let failures: [Failure]
}
