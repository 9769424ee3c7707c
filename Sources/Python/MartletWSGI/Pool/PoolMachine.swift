internal import Logging

/// The decisions of a pool of workers: events in, actions out, without processes, clocks or locks.
///
/// The rules:
///
/// 1. A pool has a number of seats. Each has two places, of which one is current; the other is for a successor.
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
    let seats: Int
    let preloads: Bool
    /// A worker whose import failed stays, and watches the files (`--reload`).
    let isDevelopment: Bool
    /// How long a worker that was asked to end may take.
    let grace: Duration

    private(set) var phase = Phase.idle
    var places: [WorkerPlace]
    /// The current place of each seat.
    var current: [Int]
    var generation = 1
    var replacements: [Replacement] = []
    /// A reload that has not begun, and who waits for it.
    var pendingReload: [Int]?
    /// The preload process that forks workers, once it is ready.
    var source: Int?
    /// All that may be running.
    var preloadProcesses: Set<Int> = []
    var lastPreload = 0
    private(set) var now = Duration.zero
    private var actions: [Action] = []

    init(application: String, python: String, seats: Int, preloads: Bool, isDevelopment: Bool, grace: Duration) {
        self.application = application
        self.python = python
        self.seats = seats
        self.preloads = preloads
        self.isDevelopment = isDevelopment
        self.grace = grace
        places = Array(repeating: WorkerPlace(), count: seats * 2)
        current = Array(0..<seats)
    }

    /// - Parameter now: the time since any fixed moment.
    mutating func handle(_ event: Event, at now: Duration) -> [Action] {
        self.now = now
        apply(event)
        advance()
        defer { actions.removeAll() }
        return actions
    }

    mutating func emit(_ action: Action) { actions.append(action) }

    /// Whether that is the worker that is in its place now.
    func knows(_ id: WorkerID) -> Bool { places.indices.contains(id.place) && places[id.place].life == id.life }

    func id(_ place: Int) -> WorkerID { WorkerID(place: place, life: places[place].life) }

    /// The places whose workers may still write to the shared memory, or have requests that are not dealt with.
    var occupiedPlaces: Set<Int> { Set(places.indices.filter { !places[$0].isEmpty }) }

    private mutating func apply(_ event: Event) {
        switch event {
        case .start: start()
        case .spawned(let id, let pid): if knows(id) { spawned(id, pid) }
        case .spawnFailed(let id, let error): if knows(id) { spawnFailed(id, error) }
        case .ready(let id): if knows(id) { ready(id) }
        case .importFailed(let id, let failure): if knows(id) { importFailed(id, failure) }
        case .ended(let id, let status): if knows(id) { ended(id, status) }
        case .settled(let id, let lost): if knows(id) { settled(id, lost: lost) }
        case .preloaded(let number): preloaded(number)
        case .preloadFailed(let number, let error): preloadFailed(number, error)
        case .preloadEnded(let number): preloadEnded(number)
        case .due(let timer): due(timer)
        case .reload(let ticket, let follows): reload(ticket, follows: follows)
        case .recycle(let id, let recycling): if knows(id) { recycle(id, recycling) }
        case .nearLimit(let id, let limit): if knows(id) { limitComes(id, .near, limit) }
        case .atLimit(let id, let limit): if knows(id) { limitComes(id, .reached, limit) }
        case .stop(let grace): stop(grace)
        case .kill:
            stop(.zero)
            killAll()
        }
    }

    /// Does what has become possible.
    private mutating func advance() {
        switch phase {
        case .starting:
            if let failure = current.compactMap({ places[$0].failure }).first {
                endStart(failure)
            } else if source != nil || !preloads, current.allSatisfy({ places[$0].stage == .ready }) {
                endStart(nil)
            }
        case .serving:
            advanceReplacements()
        case .stopping:
            guard preloadProcesses.isEmpty, places.allSatisfy(\.isEmpty) else { return }
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
            startPreload()
        } else {
            for place in current { spawn(place) }
        }
    }

    mutating func startPreload() {
        lastPreload += 1
        preloadProcesses.insert(lastPreload)
        emit(.preload(lastPreload))
    }

    private mutating func preloaded(_ number: Int) {
        guard preloadProcesses.contains(number) else { return }
        switch phase {
        case .starting:
            source = number
            for place in current { spawn(place) }
        case .serving:
            reloadIsPreloaded(number)
        default:
            emit(.dropPreload(number))
        }
    }

    private mutating func preloadFailed(_ number: Int, _ error: any Error) {
        guard preloadProcesses.contains(number) else { return }
        if let failure = error as? ImportFailed { emit(.showTraceback(failure)) }
        switch phase {
        case .starting: endStart(error)
        case .serving: reloadFailed(preload: number, error)
        default: break
        }
        emit(.dropPreload(number))
    }

    private mutating func preloadEnded(_ number: Int) {
        guard preloadProcesses.remove(number) != nil else { return }
        if source == number {
            source = nil
            if phase == .serving {
                emit(
                    .log(.error, "the preloaded application has ended; new workers import it themselves until a reload")
                )
            }
        }
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
        dropReplacements()
        for number in preloadProcesses { emit(.dropPreload(number)) }
        for place in places.indices {
            switch places[place].stage {
            case .ready where isServing: emit(.stop(id(place)))
            case .starting, .ready: emit(.kill(id(place)))
            case .empty, .retiring, .settling: break
            }
            if places[place].isAlive { places[place].stage = .retiring }
        }
        emit(.set(.stopGrace, after: grace))
    }

    private mutating func killAll() {
        for number in preloadProcesses { emit(.dropPreload(number)) }
        for place in places.indices where places[place].isAlive { emit(.kill(id(place))) }
    }

    // MARK: - Time

    private mutating func due(_ timer: Timer) {
        switch timer {
        case .restart(let id):
            guard knows(id), places[id.place].isEmpty, phase == .serving, current.contains(id.place) else { return }
            spawn(id.place)
        case .grace(let id, let grace):
            guard knows(id), places[id.place].stage == .retiring else { return }
            let pid = places[id.place].pid
            emit(.log(.error, "\(id) (pid \(pid)) did not end within \(grace.components.seconds) s and is killed"))
            emit(.kill(id))
        case .recycle(let id):
            if knows(id) { places[id.place].isRecyclingDelayed = false }
        case .stopGrace:
            if phase == .stopping { killAll() }
        }
    }
}
