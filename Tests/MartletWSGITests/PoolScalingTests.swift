import Glibc
import MartletProcesses
import Testing

@testable import MartletWSGI

/// The number of workers by the load, as a table: what there is to do at a moment, and what is decided.
@Suite struct PoolScalingTests {
    /// A moment: milliseconds, waiting, waited, busy threads, workers, whether one is starting.
    private struct Moment {
        let time, waiting, waited, busy, open: Int
        var isGrowing = false
    }

    private func steps(of scaling: inout PoolScaling, _ moments: [Moment]) -> [PoolScaling.Step] {
        moments.map { moment in
            let load = PoolScaling.Load(
                waiting: moment.waiting,
                waited: .milliseconds(moment.waited),
                busy: [0: moment.busy]
            )
            return scaling.step(
                load,
                open: moment.open,
                isGrowing: moment.isGrowing,
                at: .milliseconds(moment.time)
            )
        }
    }

    private func scaling(_ least: Int, _ most: Int) -> PoolScaling {
        PoolScaling(least: least, most: most, threads: 2, idleTime: .seconds(10))
    }

    @Test("a pool with as many workers as it may have never changes")
    func fixed() {
        var scaling = scaling(4, 4)
        let moments = [0, 60_000].map { Moment(time: $0, waiting: 50, waited: 5000, busy: 8, open: 4) }
        #expect(steps(of: &scaling, moments) == [.none, .none])
    }

    @Test("a queue of a moment starts nothing, one that has lasted starts a worker")
    func patience() {
        var scaling = scaling(1, 8)
        let moments = [
            Moment(time: 0, waiting: 9, waited: 0, busy: 2, open: 1),
            Moment(time: 50, waiting: 9, waited: 99, busy: 2, open: 1),
            Moment(time: 100, waiting: 9, waited: 100, busy: 2, open: 1),
        ]
        #expect(steps(of: &scaling, moments) == [.none, .none, .grow(by: 1)])
    }

    @Test("while one starts none is started, however long that takes; then twice as many")
    func noStorm() {
        var scaling = scaling(1, 8)
        func waits(_ time: Int, _ open: Int, _ isGrowing: Bool) -> Moment {
            Moment(time: time, waiting: 99, waited: 500, busy: 2 * open, open: open, isGrowing: isGrowing)
        }
        let moments =
            [waits(0, 1, false)] + (1...1000).map { waits($0 * 50, 2, true) }
            + [waits(60_000, 2, false), waits(60_050, 4, true), waits(61_000, 4, false), waits(62_000, 8, false)]
        let steps = steps(of: &scaling, moments)
        #expect(steps.filter { $0 != .none } == [.grow(by: 1), .grow(by: 2), .grow(by: 4)])
    }

    @Test("not more are started than requests wait, and than there may be")
    func notTooMany() {
        var scaling = scaling(1, 6)
        let moments = [
            Moment(time: 0, waiting: 9, waited: 200, busy: 2, open: 1),
            Moment(time: 100, waiting: 1, waited: 200, busy: 4, open: 2),
            Moment(time: 200, waiting: 9, waited: 200, busy: 6, open: 3),
            Moment(time: 300, waiting: 9, waited: 200, busy: 12, open: 6),
        ]
        #expect(steps(of: &scaling, moments) == [.grow(by: 1), .grow(by: 1), .grow(by: 3), .none])
    }

    @Test("when the queue is empty the next one begins with one worker again")
    func beginsAgain() {
        var scaling = scaling(1, 8)
        let moments = [
            Moment(time: 0, waiting: 9, waited: 200, busy: 2, open: 1),
            Moment(time: 100, waiting: 0, waited: 0, busy: 4, open: 2),
            Moment(time: 200, waiting: 9, waited: 200, busy: 4, open: 2),
        ]
        #expect(steps(of: &scaling, moments) == [.grow(by: 1), .none, .grow(by: 1)])
    }

    @Test("one goes after the idle time, the next after a quarter of it, and none below the least")
    func shrinks() {
        var scaling = scaling(2, 8)
        let moments = [
            Moment(time: 0, waiting: 0, waited: 0, busy: 0, open: 4),
            Moment(time: 9999, waiting: 0, waited: 0, busy: 1, open: 4),
            Moment(time: 10_000, waiting: 0, waited: 0, busy: 0, open: 4),
            Moment(time: 10_050, waiting: 0, waited: 0, busy: 0, open: 3),
            Moment(time: 12_499, waiting: 0, waited: 0, busy: 0, open: 3),
            Moment(time: 12_500, waiting: 0, waited: 0, busy: 0, open: 3),
            Moment(time: 90_000, waiting: 0, waited: 0, busy: 0, open: 2),
        ]
        #expect(steps(of: &scaling, moments) == [.none, .none, .shrink, .none, .none, .shrink, .none])
    }

    @Test("a peak that needs all of them begins the idle time anew, and a load at the edge moves nothing")
    func hysteresis() {
        var scaling = scaling(1, 8)
        // Three workers with two threads each: two could do four at once, and three of them with a quarter to spare.
        let edge = (0..<100).map { index in
            Moment(time: index * 1000, waiting: 0, waited: 0, busy: index % 9 == 0 ? 4 : 0, open: 3)
        }
        #expect(steps(of: &scaling, edge).allSatisfy { $0 == .none })
        let below = (100..<111).map { Moment(time: $0 * 1000, waiting: 0, waited: 0, busy: 3, open: 3) }
        #expect(steps(of: &scaling, below).filter { $0 == .shrink }.count == 1)
    }

    @Test("workers that cannot start are tried again after a growing time")
    func failures() {
        var scaling = scaling(1, 8)
        var pauses: [Int] = []
        for _ in 0..<8 { pauses.append(Int(scaling.failed(at: .zero) / .seconds(1))) }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 64, 64])
        let moments = [63_999, 64_000].map { Moment(time: $0, waiting: 9, waited: 500, busy: 2, open: 1) }
        #expect(steps(of: &scaling, moments) == [.none, .grow(by: 1)])
        scaling.succeeded()
        #expect(scaling.failed(at: .zero) == .seconds(1))
    }

    @Test("how long the first of a queue has waited is known from the queue's positions")
    func queueClock() {
        var clock = QueueClock()
        let seen: [(taken: UInt64, pushed: UInt64, at: Int, waited: Int)] = [
            (0, 0, 0, 0), (0, 5, 50, 0), (3, 9, 100, 50), (4, 9, 150, 100), (5, 9, 200, 0), (6, 12, 250, 50),
            (12, 12, 300, 0), (12, 13, 350, 0), (12, 13, 450, 100),
        ]
        for moment in seen {
            let waited = clock.waited(taken: moment.taken, pushed: moment.pushed, at: .milliseconds(moment.at))
            #expect(waited == .milliseconds(moment.waited), "at \(moment.at)")
        }
    }
}

/// What a pool does of it. Of three seats places 0, 1, 2 are the current ones and 3, 4, 5 the others.
@Suite struct GrowingPoolTests {
    private func load(_ waiting: Int, busy: [Int: Int] = [:]) -> PoolMachine.Event {
        .load(PoolScaling.Load(waiting: waiting, waited: waiting > 0 ? .seconds(1) : .zero, busy: busy))
    }

    private let killed = ExitStatus.signalled(SIGKILL)

    @Test("it begins with the least, grows one by one and shrinks to it")
    func growsAndShrinks() {
        var pool = PoolScript(seats: 3, least: 1)
        #expect(pool.after(.start) == ["spawn 0.1"])
        #expect(pool.after(.ready(WorkerID(0, 1))) == ["started"])
        #expect(pool.after(load(5, busy: [0: 2])) == ["spawn 1.1"])
        #expect(pool.after(load(5, busy: [0: 2]), load(5)) == [])
        #expect(pool.after(.ready(WorkerID(1, 1)), load(5)) == ["spawn 2.1"])
        _ = pool.after(.ready(WorkerID(2, 1)), load(0))
        pool.pass(.seconds(60))
        #expect(pool.after(load(0, busy: [2: 1])) == ["stop 1.1", "grace of 1.1 ends in 30.0 seconds"])
        #expect(pool.after(.ended(WorkerID(1, 1), .exited(0)), .settled(WorkerID(1, 1), lost: 0)) == ["settle 1.1"])
        pool.pass(.seconds(15))
        #expect(pool.after(load(0, busy: [2: 1])) == ["stop 0.1", "grace of 0.1 ends in 30.0 seconds"])
        pool.pass(.seconds(100))
        #expect(pool.after(load(0)) == [])
        #expect(
            pool.log.filter { $0.contains("are enough") } == [
                "worker 2 ends, for the others are enough: 2 of 3", "worker 1 ends, for the others are enough: 1 of 3",
            ]
        )
    }

    @Test("a seat is used again at once: its other place is free while the former worker finishes")
    func reopens() {
        var pool = PoolScript.serving(seats: 2, least: 1)
        _ = pool.after(load(1), .ready(WorkerID(1, 1)), load(0))
        pool.pass(.seconds(60))
        #expect(pool.after(load(0)).first == "stop 1.1")
        #expect(pool.after(load(1)) == ["spawn 3.1"])
        #expect(pool.after(.ready(WorkerID(3, 1)), .ended(WorkerID(1, 1), .exited(0))) == ["settle 1.1"])
        #expect(pool.after(.settled(WorkerID(1, 1), lost: 0)) == [])
    }

    @Test("one that was added and cannot start is given up, and tried again later")
    func cannotStart() {
        var pool = PoolScript.serving(seats: 2, least: 1)
        let id = WorkerID(1, 1)
        _ = pool.after(load(1))
        _ = pool.after(.spawned(id, pid: 7), .importFailed(id, .mistake))
        #expect(pool.after(.ended(id, .exited(3)), .settled(id, lost: 0)) == ["settle 1.1"])
        #expect(
            pool.log.last
                == "worker 2, which the load asks for, could not start: its process exited with status 3; the next attempt is made after 1 s"
        )
        #expect(pool.after(load(1)) == [])
        pool.pass(.seconds(1))
        #expect(pool.after(load(1)) == ["spawn 1.2"])
        let error = SpawnError(path: "python", number: EMFILE)
        #expect(pool.after(.spawnFailed(WorkerID(1, 2), error), load(1)) == [])
        pool.pass(.seconds(2))
        #expect(pool.after(load(1)) == ["spawn 1.3"])
    }

    @Test("one that has served is replaced when it dies, like any other")
    func dies() {
        var pool = PoolScript.serving(seats: 2, least: 1)
        _ = pool.after(load(1), .ready(WorkerID(1, 1)))
        pool.pass(.seconds(60))
        #expect(
            pool.after(.ended(WorkerID(1, 1), killed), .settled(WorkerID(1, 1), lost: 0)) == [
                "settle 1.1", "spawn 1.2",
            ]
        )
    }

    @Test("a reload replaces those that are there, and nothing grows or shrinks meanwhile")
    func reloads() {
        var pool = PoolScript.serving(seats: 3, least: 1)
        _ = pool.after(load(1), .ready(WorkerID(1, 1)))
        #expect(pool.after(.reload(ticket: 1, follows: false)) == ["spawn 3.1", "spawn 4.1"])
        #expect(pool.after(load(9)) == [])
        #expect(pool.after(.ready(WorkerID(3, 1))) == [])
        #expect(
            pool.after(.ready(WorkerID(4, 1))) == [
                "stop 0.1", "grace of 0.1 ends in 30.0 seconds", "stop 1.1", "grace of 1.1 ends in 30.0 seconds",
                "show nothing", "1: reloaded",
            ]
        )
        #expect(pool.after(load(9)) == ["spawn 2.1"])
    }

    @Test("a reload while one is added has it import anew, and goes on without the former")
    func reloadsWhileGrowing() {
        var pool = PoolScript.serving(seats: 2, least: 1)
        #expect(pool.after(load(1)) == ["spawn 1.1"])
        #expect(pool.after(.reload(ticket: 1, follows: false)) == ["spawn 2.1", "spawn 3.1"])
        let done = pool.after(.ready(WorkerID(2, 1)), .ready(WorkerID(3, 1)))
        #expect(done.contains("1: reloaded") && done.contains("discard 1.1"))
    }

    @Test("preloaded workers are forked for the load as well")
    func preloads() {
        var pool = PoolScript.serving(seats: 2, least: 1, preloads: true)
        #expect(pool.after(load(1)) == ["spawn 1.1 by preload 1"])
    }

    @Test("a stop ends one that is being added")
    func stops() {
        var pool = PoolScript.serving(seats: 2, least: 1)
        _ = pool.after(load(1))
        #expect(pool.after(.stop(grace: .seconds(1))) == ["stop 0.1", "kill 1.1", "kill all in 1.0 seconds"])
        #expect(pool.after(load(1)) == [])
    }

    @Test("a worker that is being replaced does not end for want of work")
    func replacedOnesStay() {
        var pool = PoolScript.serving(seats: 2, least: 1)
        _ = pool.after(load(1), .ready(WorkerID(1, 1)), load(0))
        #expect(pool.after(.recycle(WorkerID(1, 1), .init(reason: "its age", grace: nil))) == ["spawn 3.1"])
        pool.pass(.seconds(60))
        #expect(pool.after(load(0)) == ["stop 0.1", "grace of 0.1 ends in 30.0 seconds"])
    }
}
