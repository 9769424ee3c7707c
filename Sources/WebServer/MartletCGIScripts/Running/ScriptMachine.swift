import MartletCGI
import MartletProcesses
import NIOCore

/// Every decision about one script that runs: what of its output is an answer, when it is ended, and when it is over. Events in,
/// actions out; no processes, pipes or clocks.
///
/// The rules:
///
/// 1. The output is an answer as ``CGIResponseReader`` reads it. It ends with the output; a moment is waited then for the end of the
///    process, which says how that came: an answer without a length whose script was killed is broken off, not whole.
/// 2. A script that neither writes nor reads for the time limit is ended: its answer is 504, or breaks off. The time in which it is
///    the client's turn, to send more of the body or to take more of the answer, does not count.
/// 3. A script is ended by SIGTERM to its group, and by SIGKILL ``grace`` later. In between git removes its locks.
/// 4. A script whose client has gone is ended as well.
/// 5. It is over when its process has ended and its output too. One that has closed its output may go on for the time limit. What it
///    has left in the background, without the pipes, goes on.
struct ScriptMachine: Sendable {
    enum Event: Sendable {
        case started
        case failed(ScriptFailure)
        case output(ByteBuffer)
        case outputEnded
        case errorsEnded
        /// It has read of its input.
        case hasRead
        case exited(ExitStatus)
        /// Whether it is the client's turn.
        case waits(Side, Bool)
        case clientGone
        /// Time has passed.
        case tick
    }

    enum Side: Sendable {
        case input, output
    }

    enum Action: Sendable, Equatable {
        case head(CGIResponseHead, hasBody: Bool)
        case localRedirect(String)
        case data(ByteBuffer)
        case end
        /// There is no answer, or it breaks off.
        case fail(ScriptFailure)
        case terminate
        case kill
        /// It exited with a status of failure, behind a whole answer.
        case note(ExitStatus)
        /// It is over: nothing more is asked of the process.
        case release
    }

    /// Between SIGTERM and SIGKILL. Apache: 3 s.
    static let grace = Duration.seconds(3)
    /// How long the end of a process is waited for when its output has ended.
    static let moment = Duration.milliseconds(100)

    private enum Answer: Sendable {
        case head, body
        /// The client has it, or is gone.
        case over
    }

    private enum Ending: Sendable, Equatable {
        case none
        case asked(at: Duration)
        case killed
    }

    private let limit: Duration
    private var reader: CGIResponseReader
    private var pending = ByteBuffer()
    private var answer = Answer.head
    private var ending = Ending.none
    private var exit: ExitStatus?
    private var hasStarted = false
    private var outputEnd: Duration?
    private var hasErrorsEnded = false
    private var isSettled = false
    private var hasFailed = false
    private var isReleased = false
    private var quietSince: Duration
    private var inputWaits = false
    private var outputWaits = false

    /// - Parameter now: since any moment, as with every event.
    init(limit: Duration, isHead: Bool, at now: Duration) {
        self.limit = limit
        reader = CGIResponseReader(isHead: isHead)
        quietSince = now
    }

    /// When the next ``Event/tick`` is due.
    var deadline: Duration? {
        guard !isReleased else { return nil }
        var times: [Duration] = []
        if let outputEnd, !isSettled { times.append(outputEnd + Self.moment) }
        switch ending {
        case .none: if !inputWaits, !outputWaits { times.append(quietSince + limit) }
        case .asked(let time): times.append(time + Self.grace)
        case .killed: break
        }
        return times.min()
    }

    mutating func handle(_ event: Event, at now: Duration) -> [Action] {
        guard !isReleased else { return [] }
        var actions: [Action] = []
        switch event {
        case .started:
            hasStarted = true
            // Its client may have gone while it was started.
            if case .asked = ending { actions.append(.terminate) }
        case .failed(let failure):
            fail(failure, &actions)
            isReleased = true
            actions.append(.release)
            return actions
        case .output(let bytes):
            quietSince = now
            // A buffer that is read and written in turn would keep all that it ever had.
            if pending.readableBytes == 0 { pending = bytes } else { pending.writeImmutableBuffer(bytes) }
            read(&actions, at: now)
        case .outputEnded:
            if outputEnd == nil { outputEnd = now }
            if exit != nil { settle(&actions, at: now) }
        case .errorsEnded: hasErrorsEnded = true
        case .hasRead: quietSince = now
        case .exited(let status):
            exit = status
            if outputEnd != nil { settle(&actions, at: now) }
        case .waits(.input, let waits): (inputWaits, quietSince) = (waits, now)
        case .waits(.output, let waits): (outputWaits, quietSince) = (waits, now)
        case .clientGone:
            answer = .over
            terminate(&actions, at: now)
        case .tick: tick(&actions, at: now)
        }
        release(&actions)
        return actions
    }

    private mutating func tick(_ actions: inout [Action], at now: Duration) {
        if let outputEnd, !isSettled, now >= outputEnd + Self.moment { settle(&actions, at: now) }
        switch ending {
        case .none:
            guard !inputWaits, !outputWaits, now >= quietSince + limit else { return }
            if case .over = answer {} else { fail(.silent(limit), &actions) }
            terminate(&actions, at: now)
        case .asked(let time):
            guard now >= time + Self.grace else { return }
            ending = .killed
            if hasStarted { actions.append(.kill) }
        case .killed: break
        }
    }

    /// The output is whole, and how the process has ended is known, or does not matter.
    private mutating func settle(_ actions: inout [Action], at now: Duration) {
        guard !isSettled else { return }
        isSettled = true
        reader.inputEnded()
        read(&actions, at: now)
    }

    private mutating func read(_ actions: inout [Action], at now: Duration) {
        while true {
            switch reader.next(&pending) {
            case .needsMore: return
            case .head(let head, let hasBody):
                guard case .head = answer else { continue }
                answer = hasBody ? .body : .over
                actions.append(.head(head, hasBody: hasBody))
            case .localRedirect(let path):
                guard case .head = answer else { continue }
                answer = .over
                actions.append(.localRedirect(path))
            case .data(let bytes): if case .body = answer { actions.append(.data(bytes)) }
            case .end: return end(&actions)
            case .fault(let fault):
                let isAlive = exit == nil
                fail(.malformed(fault, exit), &actions)
                if isAlive { terminate(&actions, at: now) }
                return
            }
        }
    }

    private mutating func end(_ actions: inout [Action]) {
        if let exit, case .signalled = exit, case .body = answer, ending == .none {
            return fail(.killed(exit), &actions)
        }
        if case .body = answer { actions.append(.end) }
        answer = .over
    }

    private mutating func fail(_ failure: ScriptFailure, _ actions: inout [Action]) {
        if case .over = answer { return }
        answer = .over
        hasFailed = true
        actions.append(.fail(failure))
    }

    private mutating func terminate(_ actions: inout [Action], at now: Duration) {
        guard case .none = ending else { return }
        ending = .asked(at: now)
        if hasStarted { actions.append(.terminate) }
    }

    private mutating func release(_ actions: inout [Action]) {
        guard let exit, !isReleased else { return }
        switch ending {
        case .none:
            guard outputEnd != nil, isSettled else { return }
            if exit != .exited(0), !hasFailed { actions.append(.note(exit)) }
        // Who has the pipes still is given the time to end by itself.
        case .asked:
            guard outputEnd != nil, hasErrorsEnded else { return }
            actions.append(.kill)
        case .killed: break
        }
        isReleased = true
        actions.append(.release)
    }
}
