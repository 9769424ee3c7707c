internal import Logging

/// The decisions of a pool of workers: events in, actions out, without processes, clocks or locks.
///
/// Start, deaths and stop are decided here, what is replaced and when in ``Replacements``; both act on ``PoolProcesses``.
///
/// The rules:
///
/// 1. A pool has a number of seats. Each has two places, of which one is current; the other is for a successor. With `workers-min` seats
///    may be without a worker: ``PoolScaling``.
/// 2. A place is used again only when every event loop has dealt with the death of the worker that was there.
/// 3. A successor is ready before the former worker is asked to end, and requests wait in a queue that both pull from:
///    replacing a worker costs no request.
/// 4. A worker that dies is started again in its place, at once if it had lived, else after a growing delay.
/// 5. Whatever has been started ends: an import by ``StartLimit``, a worker that was asked to end by its grace. So nothing that is
///    waited for can fail to come, and no state is left for want of an event.
/// 6. One reload at a time, for all seats; one that is asked for meanwhile follows it, once. A seat is recycled when no reload
///    needs it; a wish to recycle a worker stays until that worker is gone.
/// 7. A worker with a limit on requests asks for its successor before it has reached it. The successor is held until then: the
///    limit is exact, and no request waits for an import.
/// 8. What workers tell of static folders counts where all that serve say the same: after a reload, from the moment on when its
///    workers have taken over.
struct PoolMachine: Sendable {
    enum Phase: Equatable, Sendable {
        case idle
        case starting
        case serving
        /// The first import has failed; what is left of it ends.
        case failed
        case stopping
        case stopped
    }

    let application: String
    let python: String
    let preloads: Bool
    /// A worker whose import failed stays, and watches the files (`--reload`).
    let isDevelopment: Bool

    private(set) var phase = Phase.idle
    var processes: PoolProcesses
    var replacements: Replacements
    var scaling: PoolScaling
    private var folders = StaticFolders()

    /// - Parameter scaling: between which numbers of workers it moves.
    init(
        application: String,
        python: String,
        scaling: PoolScaling,
        preloads: Bool,
        isDevelopment: Bool,
        grace: Duration
    ) {
        self.scaling = scaling
        self.application = application
        self.python = python
        self.preloads = preloads
        self.isDevelopment = isDevelopment
        processes = PoolProcesses(seats: scaling.most, open: scaling.least, grace: grace)
        replacements = Replacements(preloads: preloads, isDevelopment: isDevelopment)
    }

    init(of configuration: PythonConfiguration, python: String) {
        self.init(
            application: configuration.application,
            python: python,
            scaling: configuration.scaling,
            preloads: configuration.preload,
            isDevelopment: configuration.reloadsOnChange,
            grace: configuration.grace
        )
    }

    /// - Parameter now: the time since any fixed moment.
    mutating func handle(_ event: Event, at now: Duration) -> [Action] {
        processes.now = now
        apply(event)
        advance()
        let actions = processes.takeActions()
        guard let told = agreedFolders, told != folders else { return actions }
        folders = told
        // First: whoever waits for a reload finds what it has changed.
        return [.serveFolders(told)] + actions
    }

    /// Nil where nobody serves at the moment.
    private var agreedFolders: StaticFolders? {
        guard phase == .serving else { return nil }
        let told = processes.current.map { places[$0] }.filter { $0.stage == .ready }.map(\.folders)
        guard let first = told.first else { return nil }
        return told.allSatisfy { $0 == first }
            ? first : StaticFolders(reason: "its workers do not say the same of them")
    }

    var places: [WorkerPlace] { processes.places }

    mutating func emit(_ action: Action) { processes.emit(action) }

    private mutating func apply(_ event: Event) {
        switch event {
        case .start: start()
        case .spawned(let id, let pid): if processes.knows(id) { spawned(id, pid) }
        case .spawnFailed(let id, let error): if processes.knows(id) { spawnFailed(id, error) }
        case .ready(let id, let folders): if processes.knows(id) { ready(id, folders) }
        case .importFailed(let id, let failure): if processes.knows(id) { importFailed(id, failure) }
        case .ended(let id, let status): if processes.knows(id) { ended(id, status) }
        case .settled(let id, let lost): if processes.knows(id) { settled(id, lost: lost) }
        case .preloaded(let number): preloaded(number)
        case .preloadFailed(let number, let error): preloadFailed(number, error)
        case .preloadEnded(let number): preloadEnded(number)
        case .due(let timer): due(timer)
        case .reload(let ticket, let follows): reload(ticket, follows)
        case .load(let load): take(load)
        case .recycle(let id, let recycling): if processes.knows(id) { recycle(id, recycling) }
        case .nearLimit(let id, let limit): if processes.knows(id) { limitComes(id, .near, limit) }
        case .atLimit(let id, let limit): if processes.knows(id) { limitComes(id, .reached, limit) }
        case .stop(let grace): stop(grace)
        case .kill:
            stop(.zero)
            processes.killAll()
        }
    }

    /// Does what has become possible.
    private mutating func advance() {
        switch phase {
        case .starting:
            let workers = processes.open.map { places[processes.current[$0]] }
            if let failure = workers.compactMap(\.failure).first {
                endStart(failure)
            } else if processes.source != nil || !preloads, workers.allSatisfy({ $0.stage == .ready }) {
                endStart(nil)
            }
        case .serving:
            replacements.advance(&processes)
        case .stopping:
            guard processes.areGone else { return }
            phase = .stopped
            emit(.stopped)
        case .idle, .failed, .stopped:
            break
        }
    }

    // MARK: - Start

    private mutating func start() {
        guard phase == .idle else { return }
        phase = .starting
        emit(.announceImport("with \(python)"))
        if preloads {
            processes.startPreload()
        } else {
            spawnFirst()
        }
    }

    private mutating func spawnFirst() {
        for seat in processes.open { processes.spawn(processes.current[seat]) }
    }

    private mutating func preloaded(_ number: Int) {
        guard processes.preloads.contains(number) else { return }
        switch phase {
        case .starting:
            processes.source = number
            spawnFirst()
        case .serving:
            replacements.preloaded(number, &processes)
        default:
            emit(.dropPreload(number))
        }
    }

    private mutating func preloadFailed(_ number: Int, _ error: any Error) {
        guard processes.preloads.contains(number) else { return }
        if let failure = error as? ImportFailed { emit(.showTraceback(failure)) }
        switch phase {
        case .starting: endStart(error)
        case .serving: replacements.preloadFailed(number, error)
        default: break
        }
        emit(.dropPreload(number))
    }

    private mutating func preloadEnded(_ number: Int) {
        guard processes.preloadEnded(number), processes.source == number else { return }
        processes.source = nil
        guard phase == .serving else { return }
        emit(.log(.error, "the preloaded application has ended; new workers import it themselves until a reload"))
    }

    private mutating func endStart(_ error: (any Error)?) {
        let failure = error as? ImportFailed
        if isDevelopment, let failure {
            phase = .serving
            emit(.showFailure(failure))
            emit(.started(nil))
        } else {
            phase = error == nil ? .serving : .failed
            emit(.started(error))
        }
    }

    // MARK: - Stop

    private mutating func stop(_ grace: Duration) {
        guard phase != .stopping, phase != .stopped else { return }
        let isServing = phase == .serving
        if phase == .starting {
            emit(
                .started(ImportFailed(advice: "The server stopped before the application was imported.", traceback: ""))
            )
        }
        phase = .stopping
        replacements.drop(&processes)
        processes.stopAll(isServing: isServing)
        emit(.set(.stopGrace, after: grace))
    }

    // MARK: - Reload, recycling

    private mutating func reload(_ ticket: Int?, _ follows: Bool) {
        guard phase == .serving else { return processes.refuse(ticket) }
        replacements.reload(ticket, follows: follows, &processes)
    }

    private mutating func recycle(_ id: WorkerID, _ recycling: Recycling) {
        if processes.isWanted(id.place) { processes.places[id.place].recycle(recycling) }
    }

    /// A worker is about to have taken as many requests as it may, or has.
    private mutating func limitComes(_ id: WorkerID, _ count: WorkerPlace.Count, _ limit: Int) {
        if places[id.place].count != .reached { processes.places[id.place].count = count }
        recycle(id, Recycling(reason: "it has served \(limit) requests"))
        emit(.wakeWorkers)
    }

    // MARK: - Time

    private mutating func due(_ timer: Timer) {
        switch timer {
        case .restart(let id):
            guard processes.knows(id), places[id.place].isEmpty, phase == .serving else { return }
            if processes.isWanted(id.place) { processes.spawn(id.place) }
        case .grace(let id, let grace):
            if processes.knows(id) { processes.graceIsOver(id, grace) }
        case .recycle(let id):
            if processes.knows(id) { processes.places[id.place].isRecyclingDelayed = false }
        case .stopGrace:
            if phase == .stopping { processes.killAll() }
        }
    }
}
