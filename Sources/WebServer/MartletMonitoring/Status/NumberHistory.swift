import Glibc
import MartletServer
import Synchronization

/// What a server did in the last minutes, a point a second, for whoever opens the status page after something has happened.
final class NumberHistory: Sendable {
    struct Point: Sendable, Encodable {
        /// Milliseconds since 1970.
        let time: Int64
        /// Per second.
        let requests: Double
        let errors: Double
        /// In seconds; nil where nothing was answered.
        let p50: Double?
        let p99: Double?
        let inFlight: Int
    }

    private struct Look: Sendable {
        let numbers: ServerNumbers
        let time: Duration
    }

    private struct State {
        var points: [Point] = []
        var last: Look?
        /// Of the last minute, one for each ten seconds.
        var looks: [Look] = []
        var task: Task<Void, Never>?
    }

    /// Five minutes.
    static let kept = 300
    private static let interval = Duration.seconds(1)
    private static let looksApart = Duration.seconds(10)
    private static let keptLooks = 6

    private let state = Mutex(State())
    private let start = ContinuousClock.now

    /// Looks at a server once a second, until ``end()``.
    func begin(_ server: Server) {
        let task = Task { [weak self] in
            while !Task.isCancelled {
                let numbers = await server.numbers()
                guard let self else { return }
                note(numbers, at: start.duration(to: .now), time: Self.milliseconds)
                try? await Task.sleep(for: Self.interval)
            }
        }
        state.withLock { $0.task = task }
    }

    func end() { state.withLock { $0.task.take() }?.cancel() }

    private static var milliseconds: Int64 {
        var moment = timespec()
        clock_gettime(CLOCK_REALTIME, &moment)
        return Int64(moment.tv_sec) * 1000 + Int64(moment.tv_nsec) / 1_000_000
    }

    private func note(_ numbers: ServerNumbers, at now: Duration, time: Int64) {
        state.withLock { state in
            let look = Look(numbers: numbers, time: now)
            if let last = state.last, now > last.time {
                state.points.append(Point(from: last.numbers.total, to: numbers.total, in: now - last.time, at: time))
                if state.points.count > Self.kept { state.points.removeFirst(state.points.count - Self.kept) }
            }
            state.last = look
            guard state.looks.last.map({ now - $0.time >= Self.looksApart }) ?? true else { return }
            state.looks.append(look)
            if state.looks.count > Self.keptLooks { state.looks.removeFirst() }
        }
    }

    /// The points after a moment, in milliseconds since 1970.
    func points(since time: Int64) -> [Point] { state.withLock { $0.points.filter { $0.time > time } } }

    /// What the server had counted about a minute ago, and how long ago that was exactly.
    var before: (numbers: ServerNumbers, ago: Duration) {
        state.withLock { state in
            guard let look = state.looks.first else { return (ServerNumbers(), start.duration(to: .now)) }
            return (look.numbers, start.duration(to: .now) - look.time)
        }
    }
}

extension NumberHistory.Point {
    fileprivate init(from former: RouteNumbers, to now: RouteNumbers, in duration: Duration, at time: Int64) {
        let seconds = duration / .seconds(1)
        let latency = now.latency.since(former.latency)
        self.time = time
        requests = Double(now.total &- former.total) / seconds
        errors = Double(now.serverErrors &- former.serverErrors) / seconds
        p50 = latency.quantile(0.5)
        p99 = latency.quantile(0.99)
        inFlight = now.inFlight
    }
}
