import HTTPTypes
import Logging
import MartletAttached
import MartletGateway
import MartletProxy
import MartletServer
import MartletSettings
import NIOCore
import Synchronization

/// A Swift program as a target: it is started, watched, and replaced without losing a request.
///
/// The rules:
///
/// 1. A program answers at a Unix socket of its own, and requests are passed on to it. The next one is started beside it, and takes its
///    place when it answers.
/// 2. Between two builds there is none: requests wait for it, and get the reason if it cannot be built.
/// 3. One that ends by itself is started again by its runner, at the same socket.
/// 4. One that does not start with the server, beside others that do, is tried again: after a second, two, four, up to a minute.
///    Meanwhile its requests get 503.
final class SwiftProgram: RunningTarget, DirectApplication {
    private enum Stage {
        case running(ProgramGeneration)
        /// Requests wait.
        case held([CheckedContinuation<Void, Never>])
        /// They are told why there is nothing.
        case broken(BuildFailure)
        /// It does not start, and is tried again.
        case failed(ProgramFailure)
        case ended
    }

    private let configuration: SwiftConfiguration
    private let eventLoops: [any EventLoop]
    private let grace: Duration
    private let logger: Logger
    private let folder: ProgramFolder
    private let stage = Mutex(Stage.held([]))
    private let numbers = Atomic<Int>(0)
    private let work = BlockingWork("program")
    private let watch = Mutex<Task<Void, Never>?>(nil)
    private let touches = TouchWatch()
    private let builder: ProgramBuilder?

    /// How many requests may wait for a program, and so many are more than a person's browser sends.
    private static let mostHeld = 1_000
    /// How often is looked whether a program that has changed may be executed: for five seconds.
    private static let mostLooks = 50

    private init(
        _ configuration: SwiftConfiguration,
        _ eventLoops: [any EventLoop],
        grace: Duration,
        logger: Logger
    ) throws {
        self.configuration = configuration
        self.eventLoops = eventLoops
        self.grace = grace
        self.logger = logger
        folder = try ProgramFolder(for: configuration.user)
        builder = configuration.build.map { ProgramBuilder($0, logger: logger) }
    }

    /// Starts the program. One that is built here is built from then on, and requests wait for it.
    static func start(
        _ configuration: SwiftConfiguration,
        on eventLoops: [any EventLoop],
        grace: Duration,
        logger: Logger
    ) async throws -> SwiftProgram {
        let program = try SwiftProgram(configuration, eventLoops, grace: grace, logger: logger)
        do {
            if program.builder == nil { try await program.replace() }
        } catch {
            program.folder.remove()
            throw error
        }
        program.follow()
        return program
    }

    /// The program has not started. Nil where it could not be tried again either.
    static func startLater(
        _ configuration: SwiftConfiguration,
        after failure: ProgramFailure,
        on eventLoops: [any EventLoop],
        grace: Duration,
        logger: Logger
    ) -> SwiftProgram? {
        guard let program = try? SwiftProgram(configuration, eventLoops, grace: grace, logger: logger) else {
            return nil
        }
        program.set(.failed(failure))
        program.watch.withLock { $0 = Task { [weak program] in await program?.tryAgain(after: failure) } }
        program.follow()
        return program
    }

    /// As long as ``AttachedMachine`` waits.
    private static let longestPause = Duration.seconds(60)

    private func tryAgain(after failure: ProgramFailure) async {
        var failure = failure
        var pause = Duration.seconds(1)
        while !Task.isCancelled, case .failed = stage.withLock({ $0 }) {
            logger.error(
                "\(failure). It is tried again in \(pause.components.seconds) s; until then its requests are answered with 503, and the rest of the site is served."
            )
            guard (try? await Task.sleep(for: pause)) != nil, case .failed = stage.withLock({ $0 }) else { return }
            do {
                try await replace()
                return logger.notice("\(configuration.name) is started")
            } catch {
                failure = error as? ProgramFailure ?? ProgramFailure(description: "\(configuration.program): \(error)")
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }

    // MARK: - Requests

    func respond(to request: Request) async throws -> Response { try await respondByBeginning(request) }

    func begin(_ request: Request, for exchange: any Exchange) {
        if builder == nil, case .running(let generation) = stage.withLock({ $0 }) {
            return generation.proxy.begin(request, for: exchange)
        }
        exchange.answer { try await self.answerLater(request) }
    }

    private func answerLater(_ request: Request) async throws -> Response {
        // What was saved a moment ago will be built in the next one.
        if let builder, await !builder.isCurrent() { hold() }
        await withCheckedContinuation { continuation in
            let isHeld = stage.withLock { stage in
                guard case .held(var waiting) = stage, waiting.count < Self.mostHeld else { return false }
                waiting.append(continuation)
                stage = .held(waiting)
                return true
            }
            if !isHeld { continuation.resume() }
        }
        switch stage.withLock({ $0 }) {
        case .running(let generation): return try await generation.proxy.respond(to: request)
        case .broken(let failure): return failure.response(to: request)
        case .failed:
            var response = Response.refusal(.serviceUnavailable)
            response.headers.append(.retryAfter, "5")
            return response
        case .held, .ended: return .refusal(.serviceUnavailable)
        }
    }

    /// - Returns: what was there before.
    @discardableResult
    private func set(_ next: Stage) -> ProgramGeneration? {
        let former = stage.withLock { stage in
            let former = stage
            if case .ended = former { return former }
            stage = next
            return former
        }
        switch former {
        case .running(let generation): return generation
        case .held(let waiting):
            for continuation in waiting { continuation.resume() }
            return nil
        case .broken, .failed, .ended: return nil
        }
    }

    /// Has requests wait, if they do not yet. Those that the program has go on.
    private func hold() {
        if case .held = stage.withLock({ $0 }) { return }
        guard let former = set(.held([])) else { return }
        Task { [grace] in await former.stop(grace: grace) }
    }

    // MARK: - Replacing

    private func replace() async throws {
        let number = numbers.add(1, ordering: .relaxed).newValue
        let generation = try await ProgramGeneration.start(
            configuration,
            number,
            at: folder.socket(number),
            eventLoops,
            work,
            logger: logger
        )
        let former = set(.running(generation))
        if case .ended = stage.withLock({ $0 }) { return await generation.stop(grace: .zero) }
        if let former { Task { [grace] in await former.stop(grace: grace) } }
    }

    func reload() async throws {
        guard let builder else { return try await replace() }
        try await rebuild(builder)
    }

    func reloadAndLog() async -> Bool {
        do {
            try await reload()
            logger.notice("\(configuration.name) is started anew")
            return true
        } catch is CancellationError {
            return false
        } catch {
            logger.error(builder == nil ? "\(configuration.name) goes on as it was: \(error)" : "\(error)")
            return false
        }
    }

    /// Requests wait meanwhile: they are for what was just written.
    private func rebuild(_ builder: ProgramBuilder) async throws {
        hold()
        do {
            try await builder.build()
            try await replace()
        } catch let cancelled as CancellationError {
            // The next build is what requests wait for.
            throw cancelled
        } catch let failure as BuildFailure {
            set(.broken(failure))
            throw failure
        } catch {
            set(.broken(BuildFailure(program: configuration.name, reason: "\(error)", hasBuilt: true)))
            throw error
        }
    }

    private func follow() {
        if let builder {
            watch.withLock {
                $0 = Task {
                    await builder.follow(onSave: { [weak self] in self?.hold() }) { [weak self] in
                        _ = await self?.reloadAndLog()
                    }
                }
            }
        } else if configuration.reloadsOnChange {
            Task { [touches, program = configuration.program] in
                await touches.follow([program]) { [weak self] _ in
                    // A linker writes it first, and makes it a program afterwards, which changes none of its times.
                    for _ in 0..<Self.mostLooks where !FileSystem.isExecutable(program) {
                        try? await Task.sleep(for: .milliseconds(100))
                    }
                    _ = await self?.reloadAndLog()
                }
            }
        }
    }

    // MARK: - What it does

    var problem: String? {
        switch stage.withLock({ $0 }) {
        case .running(let generation): generation.instance?.pid == 0 ? "\(configuration.name) is started again" : nil
        case .held: "\(configuration.name) is not ready"
        case .broken: "\(configuration.name) cannot be built"
        case .failed: "\(configuration.name) does not start"
        case .ended: "\(configuration.name) has ended"
        }
    }

    func status() async -> TargetStatus? {
        let stage = stage.withLock { $0 }
        if case .failed(let failure) = stage {
            let program = configuration.program
            return .program(ProgramStatus(program: program, generation: 0, pid: 0, restarts: 0, failure: "\(failure)"))
        }
        guard case .running(let generation) = stage else { return nil }
        return .program(
            ProgramStatus(
                program: configuration.program,
                generation: generation.number,
                pid: generation.instance?.pid ?? 0,
                restarts: generation.instance?.restarts ?? 0
            )
        )
    }

    func stop(grace: Duration) async {
        watch.withLock { $0.take() }?.cancel()
        touches.end()
        await builder?.stop()
        let former = set(.ended)
        await former?.stop(grace: grace)
        folder.remove()
    }

    func kill() {
        builder?.end()
        set(.ended)?.kill()
        folder.remove()
    }
}

/// What a Swift program is doing, as `martlet status` shows it.
struct ProgramStatus: Codable, Sendable {
    var program: String
    let generation: Int
    let pid: Int32
    let restarts: Int
    /// Why it does not start; nil where it has.
    var failure: String?

    var line: String {
        if let failure { return "\(failure); it is tried again" }
        let process = pid == 0 ? "is started again" : "process \(pid)"
        let again = restarts == 0 ? "" : ", started again \(restarts) time\(restarts == 1 ? "" : "s")"
        return "\(program), generation \(generation), \(process)\(again)"
    }
}
