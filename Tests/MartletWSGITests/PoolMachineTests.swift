import Glibc
import MartletProcesses
import Testing

@testable import MartletWSGI

/// Places 0 and 1 are those of the only seat, or the current ones of two; see ``PoolScript``.
@Suite struct PoolMachineTests {
    let killed = ExitStatus.signalled(SIGKILL)

    // MARK: - Start

    @Test("the pool has started when every worker is ready")
    func start() {
        var pool = PoolScript(seats: 2)
        #expect(pool.after(.start) == ["spawn 0.1", "spawn 1.1"])
        #expect(pool.after(.ready(WorkerID(1, 1))) == [])
        #expect(pool.after(.ready(WorkerID(0, 1))) == ["started"])
    }

    @Test("the first import that fails ends the start")
    func startFails() {
        var pool = PoolScript(seats: 2)
        _ = pool.after(.start, .spawned(WorkerID(0, 1), pid: 1), .ready(WorkerID(1, 1)))
        #expect(pool.after(.importFailed(WorkerID(0, 1), .mistake)) == ["not started: a mistake"])
        #expect(pool.after(.stop(grace: .seconds(1))) == ["kill 0.1", "kill 1.1", "kill all in 1.0 seconds"])
    }

    @Test("a process that cannot be made ends the start")
    func startWithoutProcess() {
        var pool = PoolScript()
        _ = pool.after(.start)
        let error = SpawnError(path: "python", number: EMFILE)
        #expect(pool.after(.spawnFailed(WorkerID(0, 1), error)) == ["not started: \(error)"])
    }

    @Test("a worker that dies while others import ends the start")
    func deathDuringStart() {
        var pool = PoolScript(seats: 2)
        _ = pool.after(.start, .ready(WorkerID(0, 1)))
        let words = "The worker process \(killed) before all workers were ready."
        #expect(pool.after(.ended(WorkerID(0, 1), killed)) == ["settle 0.1", "not started: \(words)"])
    }

    @Test("a stop during the start ends it")
    func stopDuringStart() {
        var pool = PoolScript()
        _ = pool.after(.start, .spawned(WorkerID(0, 1), pid: 1))
        let done = pool.after(.stop(grace: .seconds(1)))
        #expect(done.first == "not started: The server stopped before the application was imported.")
        #expect(done.dropFirst().first == "kill 0.1")
    }

    // MARK: - Deaths

    @Test("a place is used again only when every event loop has dealt with the death")
    func settling() {
        var pool = PoolScript.serving()
        #expect(pool.after(.ended(WorkerID(0, 1), killed)) == ["settle 0.1"])
        #expect(pool.after(.reload(ticket: 1, follows: false)) == ["spawn 1.1"])
        #expect(pool.after(.ready(WorkerID(1, 1))) == ["show nothing", "1: reloaded"])
        // The next reload needs the place of the dead worker.
        #expect(pool.after(.reload(ticket: 2, follows: false)) == [])
        #expect(pool.after(.settled(WorkerID(0, 1), lost: 1)) == ["spawn 0.2"])
    }

    @Test("a worker that had lived is started again at once; one that dies again and again after a growing delay")
    func backoff() {
        var pool = PoolScript.serving()
        pool.pass(.seconds(60))
        #expect(
            pool.after(.ended(WorkerID(0, 1), killed), .settled(WorkerID(0, 1), lost: 0)) == [
                "settle 0.1", "spawn 0.2",
            ]
        )
        for (life, delay) in [(2, 200), (3, 400), (4, 800), (5, 1600)] {
            let id = WorkerID(0, life)
            let delay = Duration.milliseconds(delay)
            #expect(
                pool.after(.ended(id, killed), .settled(id, lost: 0))
                    == (life == 2
                        ? ["settle 0.2", "restart 0.2 in \(Duration.milliseconds(100 << 1))"]
                        : ["settle \(id.short)", "restart \(id.short) in \(delay)"])
            )
            #expect(pool.after(.due(.restart(id))) == ["spawn 0.\(life + 1)"])
        }
    }

    @Test("a process that cannot be made is tried again")
    func spawnAgain() {
        var pool = PoolScript.serving()
        _ = pool.after(.ended(WorkerID(0, 1), killed), .settled(WorkerID(0, 1), lost: 0))
        let error = SpawnError(path: "python", number: EAGAIN)
        #expect(pool.after(.spawnFailed(WorkerID(0, 2), error)) == ["restart 0.2 in 5.0 seconds"])
        #expect(pool.after(.due(.restart(WorkerID(0, 2)))) == ["spawn 0.3"])
    }

    @Test("what is told of a former worker is ignored")
    func formerLives() {
        var pool = PoolScript.serving()
        _ = pool.after(.ended(WorkerID(0, 1), killed), .settled(WorkerID(0, 1), lost: 0))
        #expect(pool.after(.settled(WorkerID(0, 1), lost: 0), .ended(WorkerID(0, 1), killed)) == [])
        #expect(pool.after(.due(.grace(WorkerID(0, 1), .seconds(1)))) == [])
        #expect(pool.after(.ready(WorkerID(7, 1)), .ended(WorkerID(-1, 0), killed)) == [])
    }

    // MARK: - Reload

    @Test("former workers are asked to end when all new ones are ready")
    func reload() {
        var pool = PoolScript.serving(seats: 2)
        #expect(pool.after(.reload(ticket: 1, follows: false)) == ["spawn 2.1", "spawn 3.1"])
        #expect(pool.after(.ready(WorkerID(2, 1))) == [])
        #expect(
            pool.after(.ready(WorkerID(3, 1))) == [
                "stop 0.1", "grace of 0.1 ends in 30.0 seconds", "stop 1.1", "grace of 1.1 ends in 30.0 seconds",
                "show nothing", "1: reloaded",
            ]
        )
        #expect(pool.after(.due(.grace(WorkerID(0, 1), .seconds(30)))) == ["kill 0.1"])
        #expect(pool.after(.ended(WorkerID(0, 1), killed), .settled(WorkerID(0, 1), lost: 0)) == ["settle 0.1"])
    }

    @Test("a reload that fails in any way leaves the former workers, and the next one works", arguments: 0..<3)
    func reloadFails(way: Int) {
        var pool = PoolScript.serving(seats: 2)
        _ = pool.after(.reload(ticket: 1, follows: false), .spawned(WorkerID(2, 1), pid: 1), .ready(WorkerID(2, 1)))
        let done: [String]
        let id = WorkerID(3, 1)
        var others: [PoolMachine.Event] = []
        switch way {
        case 0: done = pool.after(.spawnFailed(id, SpawnError(path: "python", number: EMFILE)))
        case 1: done = pool.after(.importFailed(id, .mistake))
        default: done = pool.after(.ended(id, killed))
        }
        #expect(done.contains("stop 2.1") && done.contains { $0.hasPrefix("1: ") && $0 != "1: reloaded" })
        // It waits for the places, which the kernel and the grace empty.
        #expect(pool.after(.reload(ticket: 2, follows: false)) == [])
        others = [.ended(WorkerID(2, 1), killed), .settled(WorkerID(2, 1), lost: 0)]
        if way != 0 {
            if way != 2 { others.append(.ended(id, killed)) }
            others.append(.settled(id, lost: 0))
        }
        let next = others.flatMap { pool.after($0) }
        #expect(next.suffix(2) == ["spawn 2.2", "spawn 3.2"])
        #expect(pool.after(.ready(WorkerID(2, 2)), .ready(WorkerID(3, 2))).last == "2: reloaded")
    }

    @Test("a new worker that dies before the others are ready fails the reload")
    func successorDies() {
        var pool = PoolScript.serving(seats: 2)
        _ = pool.after(.reload(ticket: 1, follows: false), .ready(WorkerID(2, 1)))
        let done = pool.after(.ended(WorkerID(2, 1), killed))
        #expect(done.contains("1: The worker process \(killed) before all new workers were ready."))
        #expect(done.contains("discard 3.1"))
    }

    @Test("reloads that are asked for during a reload follow it, once; who waits for one is told so")
    func reloadDuringReload() {
        var pool = PoolScript.serving()
        _ = pool.after(
            .reload(ticket: nil, follows: true),
            .reload(ticket: nil, follows: true),
            .reload(ticket: nil, follows: true)
        )
        #expect(pool.after(.reload(ticket: 1, follows: false)) == ["1: \(ReloadUnderWay())"])
        _ = pool.after(.ready(WorkerID(1, 1)))
        let next = pool.after(.ended(WorkerID(0, 1), .exited(0)), .settled(WorkerID(0, 1), lost: 0))
        #expect(next == ["settle 0.1", "spawn 0.2"])
        _ = pool.after(.ready(WorkerID(0, 2)))
        #expect(pool.after(.ended(WorkerID(1, 1), .exited(0)), .settled(WorkerID(1, 1), lost: 0)) == ["settle 1.1"])
    }

    // MARK: - Preload

    @Test("the new preload process takes the place of the former one when the reload is done")
    func preload() {
        var pool = PoolScript(preloads: true)
        #expect(pool.after(.start) == ["preload 1"])
        #expect(pool.after(.preloaded(1)) == ["spawn 0.1 by preload 1"])
        #expect(pool.after(.ready(WorkerID(0, 1))) == ["started"])
        #expect(pool.after(.reload(ticket: 1, follows: false)) == ["preload 2"])
        #expect(pool.after(.preloaded(2)) == ["spawn 1.1 by preload 2"])
        #expect(pool.after(.ready(WorkerID(1, 1))).suffix(3) == ["drop preload 1", "show nothing", "1: reloaded"])
        _ = pool.after(.preloadEnded(1), .ended(WorkerID(1, 1), killed))
        #expect(pool.after(.settled(WorkerID(1, 1), lost: 0)) == ["spawn 1.2 by preload 2"])
    }

    @Test("a preload that fails or hangs during a reload leaves the former one")
    func preloadFails() {
        var pool = PoolScript.serving(preloads: true)
        _ = pool.after(.reload(ticket: 1, follows: false))
        #expect(pool.after(.preloadFailed(2, ImportFailed.mistake)) == ["drop preload 2", "1: a mistake"])
        _ = pool.after(.ended(WorkerID(0, 1), killed))
        #expect(pool.after(.settled(WorkerID(0, 1), lost: 0)) == ["spawn 0.2 by preload 1"])
    }

    @Test("a stop ends a preload that hangs in its import")
    func stopDuringPreload() {
        var pool = PoolScript.serving(preloads: true)
        _ = pool.after(.reload(ticket: 1, follows: false))
        let done = pool.after(.stop(grace: .seconds(30)))
        #expect(done.contains("drop preload 2") && done.contains("drop preload 1"))
        #expect(pool.after(.preloadEnded(1), .preloadEnded(2)) == [])
        #expect(
            pool.after(.ended(WorkerID(0, 1), .exited(0)), .settled(WorkerID(0, 1), lost: 0)) == [
                "settle 0.1", "stopped",
            ]
        )
    }

    @Test("without its preload process a pool starts workers by itself")
    func preloadEnds() {
        var pool = PoolScript.serving(preloads: true)
        _ = pool.after(.preloadEnded(1), .ended(WorkerID(0, 1), killed))
        #expect(pool.after(.settled(WorkerID(0, 1), lost: 0)) == ["spawn 0.2"])
    }

    // MARK: - Recycling

    let stuck = PoolMachine.Recycling(reason: "stuck", grace: .seconds(5))

    @Test("a stuck worker is replaced, and given little time once its successor is there")
    func recycle() {
        var pool = PoolScript.serving()
        #expect(pool.after(.recycle(WorkerID(0, 1), stuck)) == ["spawn 1.1"])
        #expect(pool.after(.ready(WorkerID(1, 1))) == ["stop 0.1", "grace of 0.1 ends in 5.0 seconds"])
    }

    @Test("a replacement that fails is tried again, as often as it takes")
    func recycleAgain() {
        var pool = PoolScript.serving()
        _ = pool.after(.recycle(WorkerID(0, 1), stuck))
        for life in 1...9 {
            let id = WorkerID(1, life)
            let seconds = [1, 2, 4, 8, 16, 32, 64, 64, 64][life - 1]
            #expect(
                pool.after(.importFailed(id, .mistake)) == [
                    "kill 1.\(life)", "recycle 0.1 in \(Duration.seconds(seconds))",
                ]
            )
            _ = pool.after(.ended(id, killed), .settled(id, lost: 0))
            #expect(pool.after(.due(.recycle(WorkerID(0, 1)))) == ["spawn 1.\(life + 1)"])
        }
    }

    @Test("a worker that is found stuck during a reload is given little time when the reload is done")
    func stuckDuringReload() {
        var pool = PoolScript.serving()
        _ = pool.after(.reload(ticket: nil, follows: true))
        #expect(pool.after(.recycle(WorkerID(0, 1), stuck)) == [])
        #expect(pool.after(.ready(WorkerID(1, 1))).contains("grace of 0.1 ends in 5.0 seconds"))
    }

    @Test("a worker that is found stuck during a reload that fails is replaced after it")
    func stuckDuringFailedReload() {
        var pool = PoolScript.serving()
        _ = pool.after(
            .reload(ticket: nil, follows: true),
            .recycle(WorkerID(0, 1), stuck),
            .importFailed(WorkerID(1, 1), .mistake)
        )
        _ = pool.after(.ended(WorkerID(1, 1), .exited(3)))
        #expect(pool.after(.settled(WorkerID(1, 1), lost: 0)) == ["spawn 1.2"])
    }

    // MARK: - Limits on requests

    @Test("a successor is held until the worker has taken as many requests as it may")
    func limit() {
        var pool = PoolScript.serving()
        #expect(pool.after(.nearLimit(WorkerID(0, 1), limit: 10)) == ["spawn 1.1, held"])
        #expect(pool.after(.ready(WorkerID(1, 1))) == [])
        #expect(
            pool.after(.atLimit(WorkerID(0, 1), limit: 10))
                == ["begin 1.1", "stop 0.1", "grace of 0.1 ends in 30.0 seconds"]
        )
        #expect(pool.log == ["worker 1 is replaced: it has served 10 requests"])
    }

    @Test("a successor that is ready late begins at once")
    func limitReachedFirst() {
        var pool = PoolScript.serving()
        _ = pool.after(.nearLimit(WorkerID(0, 1), limit: 10), .atLimit(WorkerID(0, 1), limit: 10))
        #expect(pool.after(.ready(WorkerID(1, 1))).prefix(2) == ["begin 1.1", "stop 0.1"])
    }

    @Test("nobody waits for a limit when there is something else to wait for", arguments: 0..<3)
    func heldNoLonger(way: Int) {
        var pool = PoolScript.serving()
        _ = pool.after(.nearLimit(WorkerID(0, 1), limit: 10), .ready(WorkerID(1, 1)))
        let done: [String]
        switch way {
        case 0: done = pool.after(.reload(ticket: nil, follows: true))
        case 1: done = pool.after(.ended(WorkerID(0, 1), killed))
        default: done = pool.after(.recycle(WorkerID(0, 1), stuck))
        }
        #expect(done.contains("begin 1.1"))
    }

    @Test("a worker whose successor cannot start has as many requests again")
    func limitAgain() {
        var pool = PoolScript.serving()
        _ = pool.after(.nearLimit(WorkerID(0, 1), limit: 10))
        #expect(pool.after(.importFailed(WorkerID(1, 1), .mistake)) == ["kill 1.1", "begin 0.1"])
        _ = pool.after(.ended(WorkerID(1, 1), killed), .settled(WorkerID(1, 1), lost: 0))
        #expect(pool.after(.nearLimit(WorkerID(0, 1), limit: 11)) == ["spawn 1.2, held"])
    }

    // MARK: - Development

    @Test("in development a first import that fails is shown until a saved file repairs it")
    func development() {
        var pool = PoolScript(isDevelopment: true)
        _ = pool.after(.start)
        #expect(pool.after(.importFailed(WorkerID(0, 1), .mistake)) == ["show a mistake", "started"])
        #expect(pool.after(.reload(ticket: nil, follows: true)) == ["spawn 1.1"])
        #expect(pool.after(.ready(WorkerID(1, 1))) == ["show nothing", "kill 0.1", "show nothing"])
    }

    // MARK: - Stop

    @Test("every stage of a worker ends with the stop", arguments: 0..<5)
    func stop(stage: Int) {
        var pool = PoolScript.serving()
        let successor = WorkerID(1, 1)
        var last = WorkerID(0, 1)
        switch stage {
        case 1: _ = pool.after(.reload(ticket: nil, follows: true))
        case 2: _ = pool.after(.reload(ticket: nil, follows: true), .ready(successor))
        case 3: _ = pool.after(.ended(last, killed))
        case 4: _ = pool.after(.ended(last, killed), .settled(last, lost: 0))
        default: break
        }
        _ = pool.after(.stop(grace: .seconds(30)))
        var done: [String] = []
        if stage == 4 { last = WorkerID(0, 2) }
        if stage == 1 || stage == 2 { _ = pool.after(.ended(successor, killed), .settled(successor, lost: 0)) }
        if stage == 3 {
            done = pool.after(.settled(last, lost: 0))
        } else {
            done = pool.after(.spawned(last, pid: 9), .ended(last, killed), .settled(last, lost: 0))
        }
        #expect(done.last == "stopped")
    }

    @Test("a process that comes into being after the stop is killed")
    func lateProcess() {
        var pool = PoolScript.serving()
        _ = pool.after(.reload(ticket: nil, follows: true), .stop(grace: .seconds(30)))
        #expect(pool.after(.spawned(WorkerID(1, 1), pid: 9)) == ["kill 1.1"])
    }

    @Test("a second signal kills all")
    func kill() {
        var pool = PoolScript.serving(seats: 2)
        _ = pool.after(.stop(grace: .seconds(30)))
        #expect(pool.after(.kill) == ["kill 0.1", "kill 1.1"])
    }
}
