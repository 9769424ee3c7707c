import Logging
package import MartletGateway
import NIOCore

/// An application of this program itself, with the targets that are mounted in it.
package struct OwnApplication: Sendable {
    package struct Part: Sendable {
        /// Where it is mounted: `/legacy`.
        let path: String
        let mounted: MountedTarget
        /// What is started for it.
        var target: Target

        package init(path: String, mounted: MountedTarget) {
            self.path = path
            self.mounted = mounted
            target = mounted.target
        }
    }

    /// What people call it.
    let name: String
    let application: any Application
    /// What the start banner says of it: `12 routes`.
    let summary: String
    var parts: [Part]

    package init(name: String, application: any Application, summary: String, parts: [Part]) {
        self.name = name
        self.application = application
        self.summary = summary
        self.parts = parts
    }
}

/// An application of this program of which is known that what its parts need is there.
struct OwnTarget: PreparedTarget {
    private let own: OwnApplication
    private let parts: [any PreparedTarget]

    init(_ own: OwnApplication) throws(TargetProblem) {
        self.own = own
        var parts: [any PreparedTarget] = []
        for part in own.parts {
            do throws(TargetProblem) {
                parts.append(try part.target.prepare(isOneOfSeveral: own.parts.count > 1))
            } catch {
                throw TargetProblem(key: error.key, description: "\(part.path): \(error.description)")
            }
        }
        self.parts = parts
    }

    var summary: String { "\(own.name), \(own.summary)" }

    var facts: [(title: String, text: String)] {
        var facts = [(title: "Swift", text: own.summary)]
        for (part, target) in zip(own.parts, parts) where facts.last?.title != part.path {
            facts.append((part.path, target.summary))
        }
        return facts
    }

    func descriptors(eventLoops: Int) -> Int { parts.reduce(0) { $0 + $1.descriptors(eventLoops: eventLoops) } }
    var threads: Int { parts.reduce(0) { $0 + $1.threads } }

    func start(on eventLoops: [any EventLoop], grace: Duration, logger: Logger) async throws -> any RunningTarget {
        var running: [any RunningTarget] = []
        do {
            for (part, target) in zip(own.parts, parts) {
                running.append(try await target.start(on: eventLoops, grace: grace, logger: logger))
                part.mounted.answer(by: running.last)
            }
        } catch {
            await running.stop(within: grace)
            for part in own.parts { part.mounted.answer(by: nil) }
            throw error
        }
        return RunningOwn(own, running)
    }
}

/// An application of this program while its parts run.
private struct RunningOwn: RunningTarget, DirectApplication {
    private let own: OwnApplication
    private let entryPoint: EntryPoint
    private let parts: [any RunningTarget]

    init(_ own: OwnApplication, _ parts: [any RunningTarget]) {
        self.own = own
        self.parts = parts
        entryPoint = EntryPoint(own.application)
    }

    func respond(to request: Request) async throws -> Response { try await entryPoint.respond(to: request) }
    func begin(_ request: Request, for exchange: any Exchange) { entryPoint.begin(request, for: exchange) }

    func reload() async throws { for part in parts { try await part.reload() } }

    func reloadAndLog() async -> Bool {
        var isReloaded = true
        for part in parts where await !part.reloadAndLog() { isReloaded = false }
        return isReloaded
    }

    var problem: String? {
        for part in parts { if let problem = part.problem { return problem } }
        return nil
    }

    var facts: [(title: String, text: String)] { parts.flatMap(\.facts) }

    func status() async -> TargetStatus? {
        var statuses: [TargetStatus.Part] = []
        for (part, running) in zip(own.parts, parts) {
            if let status = await running.status() {
                statuses.append(TargetStatus.Part(path: part.path, status: status))
            }
        }
        return statuses.isEmpty ? nil : .parts(statuses)
    }

    func stop(grace: Duration) async { await parts.stop(within: grace) }
    func kill() { for part in parts { part.kill() } }
}
