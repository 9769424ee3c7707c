import MartletServer
import MartletWSGI

/// Imports the applications of a site anew, and says so to the service manager.
struct SiteReloader: Sendable {
    let pools: [PythonApplication]
    let manager: ServiceManager?

    /// For whoever waits for what comes of it: the first application that cannot be imported ends it.
    func reload() async throws {
        manager?.reloading()
        do {
            for pool in pools { try await pool.reload() }
        } catch {
            manager?.reloaded(Self.failed)
            throw error
        }
        manager?.reloaded(Self.succeeded)
    }

    /// For a signal: every application is tried, and what comes of it is in the log.
    func reloadAndLog() async {
        manager?.reloading()
        let results = await withTaskGroup(of: Bool.self) { group in
            for pool in pools { group.addTask { await pool.reloadAndLog() } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        manager?.reloaded(results.allSatisfy(\.self) ? Self.succeeded : Self.failed)
    }

    private static let succeeded = "Serving; reloaded"
    private static let failed = "Serving as before: the reload has failed, see the log"
}
