import Logging
import MartletAttached
import MartletBytes
import MartletServer
import MartletSettings
import Synchronization

/// Has a site take up what has changed, without losing a request.
///
/// The rules:
///
/// 1. The file is read and checked as a whole first. A bad one is refused with its reasons, and everything goes on as it was.
/// 2. Targets whose settings did not change go on; applications among them are imported anew.
/// 3. New ones are started before anything else changes. Only then do all requests go the new ways, from one to the next.
/// 4. Targets that are no longer asked for finish what they have.
/// 5. One reload follows the other. Signals that come while one waits for its turn ask for nothing more.
/// 6. Nothing is started once the server stops: it would be left behind.
final class SiteReloader: Sendable {
    private struct State {
        var running: RunningSite
        var last: Task<Void, any Error>?
        /// A reload for a signal waits for its turn.
        var isAskedFor = false
        var isEnding = false
    }

    private let state: Mutex<State>
    private let starter: TargetStarter
    let certificates: AutomaticCertificates
    private let touched = TouchWatch()
    /// What runs beside the applications.
    let commands: AttachedCommands
    private let manager: ServiceManager?
    let log: LogState
    /// For what a reload reads: a file may be on a disk that does not answer.
    private let files = BlockingWork("reload")
    private let reread: (@Sendable (Set<String>) throws -> PreparedSite)?

    init(
        _ running: RunningSite,
        starter: TargetStarter,
        certificates: AutomaticCertificates,
        manager: ServiceManager?,
        log: LogState,
        reread: (@Sendable (Set<String>) throws -> PreparedSite)?
    ) {
        state = Mutex(State(running: running))
        self.starter = starter
        self.certificates = certificates
        commands = AttachedCommands(logger: starter.logger)
        self.manager = manager
        self.log = log
        self.reread = reread
    }

    private static let succeeded = "Serving; reloaded"
    private static let failed = "Serving as before: the reload has failed, see the log"

    var running: RunningSite { state.withLock(\.running) }
    var targets: [any RunningTarget] { running.targets }

    /// For whoever waits for what comes of it: the first fault ends it.
    func reload() async throws {
        try await queue { try await $0.reload() }
    }

    /// For a signal: every target is tried, and what comes of it is in the log.
    func reloadAndLog() async {
        let isFirst = state.withLock { state in
            defer { state.isAskedFor = true }
            return !state.isAskedFor
        }
        guard isFirst else { return }
        do {
            try await queue(asking: true) { if await !$0.reloadAndLog() { throw TargetFailed() } }
        } catch is TargetFailed {
        } catch {
            if !isEnding { starter.logger.error("\(ReloadRefused(error))") }
        }
    }

    /// Starts what runs beside the applications, and ends what is not asked for any more.
    func runCommands(isReload: Bool) async {
        let site = running.site
        await commands.run(site.commands.map(\.command), isReload: isReload, grace: site.server.shutdownGrace)
    }

    /// Reloads when one of the site's files is touched, from now on.
    func followTouches() async {
        await touched.follow(running.site.touch.files) { [weak self] file in
            guard let self else { return }
            starter.logger.notice("\(file) was touched: the site is reloaded.")
            await reloadAndLog()
        }
    }

    /// The server stops.
    func end() {
        touched.end()
        state.withLock { $0.isEnding = true }
    }

    /// Waits for a reload that is under way: looking for a Python starts processes, which would be left behind.
    func finish() async { _ = await state.withLock(\.last)?.result }

    private var isEnding: Bool { state.withLock(\.isEnding) }

    /// A target has failed to reload, and has said so in the log.
    private struct TargetFailed: Error {}

    private func queue(
        asking: Bool = false,
        _ reloadTarget: @escaping @Sendable (any RunningTarget) async throws -> Void
    ) async throws {
        let task = state.withLock { state in
            let before = state.last
            let task = Task {
                _ = await before?.result
                if asking { self.state.withLock { $0.isAskedFor = false } }
                try await self.notified(reloadTarget)
            }
            state.last = task
            return task
        }
        try await task.value
    }

    private func notified(_ reloadTarget: @Sendable (any RunningTarget) async throws -> Void) async throws {
        guard !isEnding else { throw ServerStops() }
        manager?.reloading()
        do {
            if let reread {
                let inUse = Set(running.site.server.tls.sites.flatMap(\.files))
                let next = try await files.run { try reread(inUse) }
                guard !isEnding else { throw ServerStops() }
                try await take(next, reloadTarget)
            } else {
                try await reload(targets, reloadTarget)
            }
        } catch {
            manager?.reloaded(Self.failed)
            throw error
        }
        manager?.reloaded(Self.succeeded)
    }

    private func reload(
        _ targets: [any RunningTarget],
        _ reloadTarget: @Sendable (any RunningTarget) async throws -> Void
    ) async throws {
        var failure: (any Error)?
        for target in targets {
            guard !isEnding else { throw ServerStops() }
            do { try await reloadTarget(target) } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }
}

// MARK: - Another site

extension SiteReloader {
    private func take(
        _ next: PreparedSite,
        _ reloadTarget: @Sendable (any RunningTarget) async throws -> Void
    ) async throws {
        let old = running
        let kept = Self.kept(of: old, for: next.site)
        var settings = next.server
        settings.listen(at: starter.sockets)
        let change = try ServerChange(of: starter.server, for: settings)
        // Workers that are started for it write as it says.
        let formerLog = log.configuration
        log.configuration = next.site.log
        let new: RunningSite
        do {
            new = try await starter.start(next, keeping: kept.mapValues { old.targets[$0] }, inPlaceOf: old)
        } catch {
            log.configuration = formerLog
            change.discard()
            throw error
        }
        let started = new.targets.enumerated().filter { kept[$0.offset] == nil }.map(\.element)
        do {
            try await reload(kept.keys.sorted().map { new.targets[$0] }, reloadTarget)
            try state.withLock { state in
                if state.isEnding { throw ServerStops() }
                state.running = new
            }
        } catch {
            log.configuration = formerLog
            await started.stop(within: next.site.server.shutdownGrace)
            change.discard()
            throw error
        }
        await certificates.prepare(next.site)
        let application = certificates.answering(new.application, of: next.site)
        await starter.server.replace(application, next.server, change)
        await certificates.keep(next.site)
        await followTouches()
        await runCommands(isReload: true)
        starter.logger.info("The site was reloaded\(change.summary.map { ": \($0)" } ?? "").")
        for concern in next.concerns { starter.logger.warning("\(Sentence.ended(concern))") }
        warn(of: old.site, next.site)
        let left = old.targets.enumerated().filter { !kept.values.contains($0.offset) }.map(\.element)
        await left.stop(within: old.site.server.shutdownGrace)
    }

    /// For each route of the new site whose target runs already, which one of the old site that is.
    private static func kept(of old: RunningSite, for next: Site) -> [Int: Int] {
        var known: [Target.Identity: Int] = [:]
        for (index, route) in old.site.routes.enumerated() { known[route.identity] = index }
        var kept: [Int: Int] = [:]
        for (index, route) in next.routes.enumerated() { kept[index] = known[route.identity] }
        return kept
    }

    /// What changes with a start only.
    private func warn(of old: Site, _ new: Site) {
        let changed = ServerConfiguration.settings.filter {
            !ServerConfiguration.reloadable.contains($0.path) && $0.text(in: old.server) != $0.text(in: new.server)
        }
        guard !changed.isEmpty else { return }
        let names = changed.map(\.key).joined(separator: ", ")
        starter.logger.warning("The file has changed in \(names): that takes effect when the server is started anew.")
    }
}

/// The server stops, so nothing is reloaded.
private struct ServerStops: Error, CustomStringConvertible {
    var description: String { "the server is stopping." }
}

/// Why a reload changes nothing.
struct ReloadRefused: Error, CustomStringConvertible {
    private let reason: String

    init(_ error: any Error) {
        switch error {
        case let failed as SiteStartFailure:
            reason = failed.failures.map { "\($0.route.target.name) at \($0.route.name): \($0.error)" }
                .joined(separator: "; ")
        default: reason = "\(error)"
        }
    }

    var description: String { "The reload is refused, and the server goes on as before: \(reason)" }
}
