internal import Logging

/// The processes of a pool: the worker in each place, and the preload processes that fork them. What starts one and what ends it;
/// when that is to happen is decided by ``PoolMachine`` and ``Replacements``.
///
/// Nothing happens here: what is to be done is collected as actions.
struct PoolProcesses: Sendable {
    let seats: Int
    /// How long a worker that was asked to end may take.
    let grace: Duration
    var now = Duration.zero
    private var actions: [PoolMachine.Action] = []

    var places: [WorkerPlace]
    /// The current place of each seat.
    var current: [Int]
    /// The seats that are to have a worker, in their order.
    private(set) var open: [Int]
    /// Those of them whose worker was added for the load, and is not ready yet.
    var growing: Set<Int> = []
    /// Which version of the application new workers import: 1 is the first, each reload adds one.
    var generation = 1
    /// The preload process that forks workers, once it is ready.
    var source: Int?
    /// All preload processes that may be running.
    private(set) var preloads: Set<Int> = []
    private var lastPreload = 0

    /// - Parameter open: how many seats have a worker from the start.
    init(seats: Int, open: Int, grace: Duration) {
        self.seats = seats
        self.open = Array(0..<min(open, seats))
        self.grace = grace
        places = Array(repeating: WorkerPlace(), count: seats * 2)
        current = Array(0..<seats)
    }

    mutating func emit(_ action: PoolMachine.Action) { actions.append(action) }

    mutating func takeActions() -> [PoolMachine.Action] {
        defer { actions.removeAll() }
        return actions
    }

    /// Whether that is the worker that is in its place now.
    func knows(_ id: WorkerID) -> Bool { places.indices.contains(id.place) && places[id.place].life == id.life }

    func id(_ place: Int) -> WorkerID { WorkerID(place: place, life: places[place].life) }

    func seat(of place: Int) -> Int { place % seats }

    /// Whether a worker belongs in this place.
    func isWanted(_ place: Int) -> Bool { current.contains(place) && open.contains(seat(of: place)) }

    /// The other place of the same seat.
    func other(_ place: Int) -> Int { place < seats ? place + seats : place - seats }

    /// The places whose workers may still write to the shared memory, or have requests that are not dealt with.
    var occupied: Set<Int> { Set(places.indices.filter { !places[$0].isEmpty }) }

    /// No process is left.
    var areGone: Bool { preloads.isEmpty && places.allSatisfy(\.isEmpty) }

    // MARK: - Workers

    /// Starts a worker in an empty place.
    ///
    /// - Parameters:
    ///   - source: the preload process that forks it, if there is one.
    ///   - isHeld: whether it takes no request before its predecessor has reached its limit.
    mutating func spawn(_ place: Int, from source: Int?, isHeld: Bool = false) {
        places[place].begin(at: now, generation: generation, isHeld: isHeld)
        emit(.spawn(id(place), preload: source, isHeld: isHeld))
    }

    /// Starts a worker that follows no other, as the pool's workers are started now.
    mutating func spawn(_ place: Int) { spawn(place, from: source) }

    /// Lets a worker end after the requests that it has; kills it where that takes longer.
    mutating func retire(_ place: Int, within grace: Duration) {
        let id = id(place)
        switch places[place].stage {
        case .ready:
            places[place].stage = .retiring
            emit(.stop(id))
            emit(.set(.grace(id, grace), after: grace))
        case .starting:
            let hasFailed = places[place].failure != nil
            places[place].stage = .retiring
            emit(hasFailed ? .kill(id) : .discard(id))
            if !hasFailed { emit(.set(.grace(id, grace), after: grace)) }
        case .empty, .retiring, .settling:
            break
        }
        places[place].failure = nil
    }

    /// A worker was asked to end and has had its time.
    mutating func graceIsOver(_ id: WorkerID, _ grace: Duration) {
        guard places[id.place].stage == .retiring else { return }
        let pid = places[id.place].pid
        emit(.log(.error, "\(id) (pid \(pid)) did not end within \(grace.components.seconds) s and is killed"))
        emit(.kill(id))
    }

    /// Lets every worker end; one that does not serve yet is not waited for.
    mutating func stopAll(isServing: Bool) {
        for number in preloads { emit(.dropPreload(number)) }
        for place in places.indices {
            switch places[place].stage {
            case .ready where isServing: emit(.stop(id(place)))
            case .starting, .ready: emit(.kill(id(place)))
            case .empty, .retiring, .settling: break
            }
            if places[place].isAlive { places[place].stage = .retiring }
        }
    }

    mutating func killAll() {
        for number in preloads { emit(.dropPreload(number)) }
        for place in places.indices where places[place].isAlive { emit(.kill(id(place))) }
    }

    // MARK: - Seats

    /// Seats without a worker where one can be started at once.
    var openable: [Int] {
        (0..<seats).filter { seat in
            !open.contains(seat) && (places[seat].isEmpty || places[seat + seats].isEmpty)
        }
    }

    /// Starts a worker in a seat that had none.
    mutating func openSeat(_ seat: Int) {
        if !places[current[seat]].isEmpty { current[seat] = other(current[seat]) }
        open.append(seat)
        open.sort()
        growing.insert(seat)
        places[current[seat]].failures = 0
        spawn(current[seat])
    }

    /// Lets the worker of a seat end, after the requests that it has.
    mutating func closeSeat(_ seat: Int) {
        open.removeAll { $0 == seat }
        growing.remove(seat)
        retire(current[seat], within: grace)
    }

    // MARK: - Preload processes

    /// Returns the number of the process.
    @discardableResult
    mutating func startPreload() -> Int {
        lastPreload += 1
        preloads.insert(lastPreload)
        emit(.preload(lastPreload))
        return lastPreload
    }

    /// Returns whether it was known.
    mutating func preloadEnded(_ number: Int) -> Bool { preloads.remove(number) != nil }
}
