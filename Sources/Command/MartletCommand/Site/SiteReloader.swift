import MartletServer

/// Has the targets of a site take up what has changed, and says so to the service manager.
struct SiteReloader: Sendable {
    let targets: [any RunningTarget]
    let manager: ServiceManager?

    /// For whoever waits for what comes of it: the first target that fails ends it.
    func reload() async throws {
        manager?.reloading()
        do {
            for target in targets { try await target.reload() }
        } catch {
            manager?.reloaded(Self.failed)
            throw error
        }
        manager?.reloaded(Self.succeeded)
    }

    /// For a signal: every target is tried, and what comes of it is in the log.
    func reloadAndLog() async {
        manager?.reloading()
        let results = await withTaskGroup(of: Bool.self) { group in
            for target in targets { group.addTask { await target.reloadAndLog() } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        manager?.reloaded(results.allSatisfy(\.self) ? Self.succeeded : Self.failed)
    }

    private static let succeeded = "Serving; reloaded"
    private static let failed = "Serving as before: the reload has failed, see the log"
}
