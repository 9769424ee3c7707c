import Testing

@testable import MartletAttached

/// A command without processes: a test says what happens to it and reads what it does, as short lines.
private struct Script {
    private var machine: AttachedMachine
    var now = Duration.zero
    /// 2026-11-29 12:00 UTC.
    var moment = 1_795_953_600
    private(set) var log: [String] = []

    init(_ change: (inout AttachedCommand) -> Void = { _ in }) {
        var command = AttachedCommand()
        command.name = "celery"
        change(&command)
        machine = AttachedMachine(command, zone: LocalZone { _ in 0 })
    }

    mutating func pass(_ seconds: Int) {
        now += .seconds(seconds)
        moment += seconds
    }

    mutating func after(_ events: AttachedMachine.Event...) -> [String] {
        events.flatMap { machine.handle($0, at: now, moment) }.compactMap { action in
            switch action {
            case .spawn(let index): "spawn \(index)"
            case .terminate(let index): "terminate \(index)"
            case .kill(let index): "kill \(index)"
            case .set(.restart(let index, _), let delay): "restart \(index) in \(delay)"
            case .set(.limit(let index, _), let delay): "limit of \(index) in \(delay)"
            case .set(.grace(let index, _), let delay): "grace of \(index) ends in \(delay)"
            case .set(.schedule, _): nil
            case .wait(_, let time): "next in \(time - moment)"
            case .stopped: "stopped"
            case .log(_, let text): note(text)
            }
        }
    }

    private mutating func note(_ text: String) -> String? {
        log.append(text)
        return nil
    }

    var states: [String] { machine.instances.map(\.stage.rawValue) }
}

@Suite struct AttachedMachineTests {
    private let done = AttachedEnd(text: "exited with status 0", isSuccess: true)
    private let broken = AttachedEnd(text: "exited with status 1", isSuccess: false)

    @Test("all instances are started; one that had lived is started again at once")
    func runsAlways() {
        var command = Script { $0.instances = 2 }
        #expect(command.after(.start) == ["spawn 0", "spawn 1"])
        _ = command.after(.started(instance: 0, pid: 7), .started(instance: 1, pid: 8))
        #expect(command.states == ["running", "running"])
        command.pass(10)
        #expect(command.after(.ended(instance: 1, done)) == ["spawn 1"])
        #expect(command.log == ["it exited with status 0 after 10 s"])
    }

    @Test("one that ends too soon is started again after a growing time, and after a life at once again")
    func backsOff() {
        var command = Script()
        _ = command.after(.start)
        for (life, pause) in [1, 2, 4, 8, 16, 32, 60, 60].enumerated() {
            #expect(
                command.after(.started(instance: 0, pid: 7), .ended(instance: 0, broken)) == [
                    "restart 0 in \(pause).0 seconds"
                ]
            )
            #expect(command.states == ["pausing"])
            #expect(command.after(.due(.restart(instance: 0, life: life + 1))) == ["spawn 0"])
        }
        command.pass(10)
        #expect(command.after(.started(instance: 0, pid: 7), .ended(instance: 0, broken)) == ["spawn 0"])
        #expect(command.after(.failed(instance: 0, "there is no folder x.")) == ["restart 0 in 1.0 seconds"])
        #expect(command.log.last == "it could not be started: there is no folder x.")
    }

    @Test("a timer of a former life does nothing")
    func formerLives() {
        var command = Script { $0.timeLimit = .seconds(5) }
        #expect(command.after(.start) == ["spawn 0", "limit of 0 in 5.0 seconds"])
        _ = command.after(
            .started(instance: 0, pid: 7),
            .ended(instance: 0, broken),
            .due(.restart(instance: 0, life: 1))
        )
        #expect(command.after(.due(.restart(instance: 0, life: 1)), .due(.limit(instance: 0, life: 1))) == [])
        #expect(
            command.after(.due(.grace(instance: 0, life: 1)), .ended(instance: 5, done), .started(instance: 9, pid: 1))
                == []
        )
    }

    @Test("a reload ends what runs and starts it anew, and does not wait for a pause")
    func reloads() {
        var command = Script { $0.instances = 2 }
        _ = command.after(
            .start,
            .started(instance: 0, pid: 7),
            .started(instance: 1, pid: 8),
            .ended(instance: 1, broken)
        )
        #expect(
            command.after(.reload(grace: .seconds(9))) == ["terminate 0", "grace of 0 ends in 9.0 seconds", "spawn 1"]
        )
        #expect(command.after(.ended(instance: 0, done)) == ["spawn 0"])
        #expect(command.states == ["starting", "starting"])
    }

    @Test("one that is asked to end before it is there is asked when it is")
    func endsWhileStarting() {
        var command = Script()
        _ = command.after(.start)
        #expect(command.after(.stop(grace: .seconds(3))) == ["grace of 0 ends in 3.0 seconds"])
        #expect(command.after(.started(instance: 0, pid: 7)) == ["terminate 0"])
        #expect(command.after(.due(.grace(instance: 0, life: 1))) == ["kill 0"])
        #expect(command.after(.ended(instance: 0, broken)) == ["stopped"])
        #expect(command.after(.start, .stop(grace: .zero)) == [])
    }

    @Test("a stop ends a pause, and a second signal kills")
    func stops() {
        var command = Script { $0.instances = 2 }
        _ = command.after(
            .start,
            .started(instance: 0, pid: 7),
            .started(instance: 1, pid: 8),
            .ended(instance: 1, broken)
        )
        #expect(command.after(.stop(grace: .seconds(3))) == ["terminate 0", "grace of 0 ends in 3.0 seconds"])
        #expect(command.after(.due(.restart(instance: 1, life: 1))) == [])
        #expect(command.after(.kill) == ["kill 0"])
        #expect(command.after(.ended(instance: 0, broken)) == ["stopped"])
    }

    @Test("what a command has started has the grace of a stop too, and is killed then")
    func waitsForTheGroup() {
        var command = Script()
        _ = command.after(.start, .started(instance: 0, pid: 7), .stop(grace: .seconds(3)))
        #expect(command.after(.left(instance: 0, broken)) == [])
        #expect(command.states == ["ending"])
        #expect(command.after(.due(.grace(instance: 0, life: 1))) == ["kill 0"])
        // It is said once.
        #expect(command.after(.left(instance: 0, broken), .left(instance: 9, broken)) == [])
        command.pass(3)
        #expect(command.after(.ended(instance: 0, broken)) == ["stopped"])
        #expect(
            command.log == [
                "it exited with status 1; what it has started has still to end",
                "what it has started did not end in its time, and is killed",
                "it exited with status 1 after 3.0 s",
            ]
        )
    }

    @Test("what a command leaves behind when it ends by itself is killed")
    func leavesProcesses() {
        var command = Script()
        _ = command.after(.start, .started(instance: 0, pid: 7))
        #expect(command.after(.left(instance: 0, done)) == ["kill 0"])
        #expect(command.after(.ended(instance: 0, done)) == ["restart 0 in 1.0 seconds"])
        #expect(command.log.first == "it exited with status 0 and left processes behind, which are killed")
    }

    @Test("a kill reaches one that is not there yet")
    func killsWhileStarting() {
        var command = Script()
        _ = command.after(.start)
        #expect(command.after(.kill) == ["grace of 0 ends in 0.0 seconds"])
        #expect(command.after(.started(instance: 0, pid: 7)) == ["terminate 0", "kill 0"])
    }

    @Test("a schedule starts a run at its times; one that still runs is not started a second time")
    func schedules() throws {
        let schedule = try Schedule(parsing: "*/10 * * * *")
        var command = Script { $0.schedule = schedule }
        #expect(command.after(.start) == ["next in 600"])
        // The wait was cut short, or the clock put back.
        command.pass(30)
        #expect(command.after(.due(.schedule)) == ["next in 570"])
        command.pass(570)
        #expect(command.after(.due(.schedule)) == ["spawn 0", "next in 600"])
        _ = command.after(.started(instance: 0, pid: 7))
        command.pass(600)
        #expect(command.after(.due(.schedule)) == ["next in 600"])
        #expect(command.log == ["it still runs, so that its time 2026-11-29 12:20 is left out"])
        #expect(command.after(.ended(instance: 0, broken)) == [])
        // The machine slept.
        command.pass(3600)
        #expect(command.after(.due(.schedule)) == ["spawn 0", "next in 600"])
    }

    @Test("a run that takes too long is asked to end, and killed; a reload leaves it")
    func timeLimit() throws {
        let schedule = try Schedule(parsing: "* * * * *")
        var command = Script {
            $0.schedule = schedule
            $0.timeLimit = .seconds(30)
        }
        _ = command.after(.start)
        command.pass(60)
        #expect(command.after(.due(.schedule)) == ["spawn 0", "limit of 0 in 30.0 seconds", "next in 60"])
        _ = command.after(.started(instance: 0, pid: 7))
        #expect(command.after(.reload(grace: .seconds(1))) == [])
        #expect(
            command.after(.due(.limit(instance: 0, life: 1))) == ["terminate 0", "grace of 0 ends in 10.0 seconds"]
        )
        #expect(command.after(.due(.grace(instance: 0, life: 1))) == ["kill 0"])
        #expect(command.after(.ended(instance: 0, broken)) == [])
        #expect(command.states == ["idle"])
    }

    @Test("lines are cut, and what is at the end needs no line end")
    func lines() {
        var output = OutputLines()
        var lines: [String] = []
        output.take(Array("one\r\n\n  \ntwo".utf8)) { lines.append($0) }
        output.take(Array(" parts\n".utf8) + [UInt8](repeating: 0x61, count: 8193)) { lines.append($0) }
        output.finish { lines.append($0) }
        #expect(lines.prefix(2) == ["one", "two parts"] && lines.dropFirst(2).map(\.utf8.count) == [8192, 1])
    }
}
