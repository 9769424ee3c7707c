import Glibc
import HTTPTypes
import Logging
import MartletCGI
import MartletGateway
import MartletProcesses
import NIOCore
import NIOPosix

/// One script on its way: its pipes, its timer and the request that waits for it. What is decided is ``ScriptMachine``'s.
///
/// On the loop of the request, unless a member says otherwise.
final class ScriptRun: BodySource, @unchecked Sendable {
    /// What a script has answered.
    enum Answer: Sendable {
        case head(CGIResponseHead, body: BodyStream?)
        case localRedirect(String)
    }

    private let loop: any EventLoop
    private let name: String
    private let logger: Logger
    private let gate: ScriptGate
    private var machine: ScriptMachine
    private let origin = ContinuousClock.now
    private var process: ScriptProcess?
    private var output: ScriptOutputHandler?
    private var errors: ScriptErrorHandler?
    private var input: ScriptInputEnd?
    private var inputTask: Task<Void, Never>?
    private var waiting: UnsafeContinuation<Answer, any Error>?
    private var body: BodyStream?
    private var timer: Scheduled<Void>?
    private var timerIsDue: Duration?

    /// - Parameter gate: where its place is given back.
    init(_ script: Script, of request: Request, limit: Duration, gate: ScriptGate) {
        loop = request.connection.eventLoop
        name = String(decoding: script.path, as: UTF8.self)
        logger = request.logger
        self.gate = gate
        machine = ScriptMachine(limit: limit, isHead: request.method == .head, at: .zero)
    }

    /// Starts the script, and waits for what it answers. From any thread.
    func answer(_ launch: ScriptLaunch, _ input: ScriptInput) async throws -> Answer {
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                loop.execute {
                    self.waiting = continuation
                    self.start(launch, input)
                }
            }
        } onCancel: {
            abandon()
        }
    }

    /// The answer is of no use any more. From any thread.
    func abandon(_ error: any Error = CancellationError()) {
        loop.execute {
            self.handle(.clientGone)
            self.body.take()?.fail(error)
            self.take { $0.resume(throwing: error) }
        }
    }

    private func take(_ resume: (UnsafeContinuation<Answer, any Error>) -> Void) {
        if let waiting = waiting.take() { resume(waiting) }
    }

    private func start(_ launch: ScriptLaunch, _ input: ScriptInput) {
        do throws(ScriptFailure) {
            let (output, errors) = (try ScriptPipe(), try ScriptPipe())
            let inputEnd = try ScriptInputEnd(input)
            let outputEnd = try ScriptPipe.duplicate(output.reading)
            self.output = ScriptOutputHandler.open(outputEnd, on: loop, for: self)
            let errorsEnd = try ScriptPipe.duplicate(errors.reading)
            self.errors = ScriptErrorHandler.open(errorsEnd, on: loop, for: self)
            ScriptProcess.start(
                ScriptProcess.Launch(
                    path: launch.script.path,
                    folder: launch.script.folder,
                    environment: launch.environment,
                    user: launch.user,
                    input: inputEnd.scripts,
                    output: output.writing,
                    errors: errors.writing
                )
            ) { [self] event in
                loop.execute { self.noted(event) }
            }
            self.input = inputEnd
        } catch {
            handle(.failed(error))
        }
        setTimer()
    }

    private func noted(_ event: ScriptProcess.Event) {
        switch event {
        case .started(let process):
            self.process = process
            handle(.started)
            // Whoever holds an end of a pipe keeps the other one from seeing it closed.
            inputTask = input.take()?.feed(on: loop, for: self)
        case .failed(let failure):
            input = nil
            handle(.failed(failure))
        case .ended(let status): handle(.exited(status))
        }
    }

    // MARK: - Events

    func handle(_ event: ScriptMachine.Event) {
        let actions = machine.handle(event, at: ContinuousClock.now - origin)
        for action in actions { perform(action) }
        setTimer()
    }

    private func perform(_ action: ScriptMachine.Action) {
        switch action {
        case .head(let head, let hasBody):
            let body = hasBody ? BodyStream(length: head.length, source: self) : nil
            self.body = body
            take { $0.resume(returning: .head(head, body: body)) }
        case .localRedirect(let path): take { $0.resume(returning: .localRedirect(path)) }
        case .data(let bytes):
            if body?.feed(bytes) == false { output?.pause() }
        case .end: body.take()?.finish()
        case .fail(let failure): fail(failure)
        case .terminate: process?.signal(SIGTERM)
        case .kill: process?.signal(SIGKILL)
        case .note(let status): logger.notice("The script \(name) \(status).")
        case .release: release()
        }
    }

    private func fail(_ failure: ScriptFailure) {
        let text = "The script \(name) \(failure)."
        // One that breaks off is logged by who sends it.
        if let body = body.take() { return body.fail(BrokenScript(description: text)) }
        logger.error("\(text)")
        take { $0.resume(throwing: failure) }
    }

    private func release() {
        timer.take()?.cancel()
        inputTask?.cancel()
        output.take()?.close()
        errors.take()?.closeSoon()
        process?.release()
        body.take()?.fail(CancellationError())
        take { $0.resume(throwing: CancellationError()) }
        gate.leave()
    }

    func log(_ line: String) { logger.warning("\(name): \(line)") }

    /// The client can take more of the answer. From any thread.
    func bodyIsWanted() {
        guard loop.inEventLoop else { return loop.execute { self.bodyIsWanted() } }
        output?.resume()
    }

    // MARK: - Time

    private func setTimer() {
        guard let due = machine.deadline else {
            timer.take()?.cancel()
            return
        }
        // A deadline that is put off, as each output does, is looked at when the timer fires.
        if timer != nil, let timerIsDue, timerIsDue <= due { return }
        timer?.cancel()
        timerIsDue = due
        let left = max(.milliseconds(1), due - (ContinuousClock.now - origin))
        timer = loop.scheduleTask(in: TimeAmount(left)) { [weak self] in
            self?.timer = nil
            self?.handle(.tick)
        }
    }
}

/// What a script is started with.
struct ScriptLaunch: Sendable {
    let script: Script
    /// `NAME=value`
    let environment: [[UInt8]]
    let user: ChildUser?
}
