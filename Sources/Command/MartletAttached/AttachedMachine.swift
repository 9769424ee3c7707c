/// The decisions about one command: events in, actions out, without processes and clocks.
///
/// The rules:
///
/// 1. Without a schedule each of its instances runs always. One that ends is started again: at once if it had lived for ten seconds, else
///    after a second, two, four, up to a minute, whatever its exit status is.
/// 2. With a schedule one instance is started at each of its times. When as many run as there may be, that time is left out, and
///    said. Times that have passed while nobody looked, as when the machine slept, are one.
/// 3. A run that is longer than its limit is asked to end, and killed ten seconds later.
/// 4. A reload ends those that run always, as a stop does, and starts them anew. A run of a schedule goes on.
/// 5. A stop asks all to end (SIGTERM, to the whole process group) and kills them after the grace. Nothing is started any more.
/// 6. A run has ended when all of its process group has. Where its first process was asked to end, the others have the grace too; where that
///    has ended by itself, what it has left behind is killed.
package struct AttachedMachine: Sendable {
    package enum Event: Sendable {
        case start
        case started(instance: Int, pid: Int32)
        /// With the reason.
        case failed(instance: Int, String)
        /// Its first process has ended, and others of its group go on.
        case left(instance: Int, AttachedEnd)
        /// All of its group.
        case ended(instance: Int, AttachedEnd)
        case due(Timer)
        case reload(grace: Duration)
        case stop(grace: Duration)
        case kill
    }

    package enum Action: Sendable, Equatable {
        case spawn(instance: Int)
        case terminate(instance: Int)
        case kill(instance: Int)
        case set(Timer, after: Duration)
        /// In seconds since 1970.
        case wait(Timer, until: Int)
        case log(AttachedWord, String)
        /// Nothing of it runs, and nothing will.
        case stopped
    }

    package enum Timer: Hashable, Sendable {
        case restart(instance: Int, life: Int)
        case limit(instance: Int, life: Int)
        case grace(instance: Int, life: Int)
        case schedule
    }

    /// systemd starts a service anew after 100 ms and gives up; supervisor has `startsecs` 1 and backs off.
    private static let hadLived = Duration.seconds(10)
    private static let longestPause = 60
    private static let graceOfLimit = Duration.seconds(10)

    private let command: AttachedCommand
    private let zone: LocalZone
    private(set) package var instances: [AttachedInstance]
    private var isStopping = false
    private var hasStopped = false
    /// The next time of the schedule.
    private(set) package var next: Int?
    private var now = Duration.zero
    private var moment = 0
    private var actions: [Action] = []

    package init(_ command: AttachedCommand, zone: LocalZone) {
        self.command = command
        self.zone = zone
        instances = Array(repeating: AttachedInstance(), count: max(1, command.instances))
    }

    /// - Parameters:
    ///   - now: the time since any fixed moment.
    ///   - moment: in seconds since 1970.
    package mutating func handle(_ event: Event, at now: Duration, _ moment: Int) -> [Action] {
        self.now = now
        self.moment = moment
        apply(event)
        if isStopping, !hasStopped, instances.allSatisfy(\.isGone) {
            hasStopped = true
            actions.append(.stopped)
        }
        defer { actions.removeAll() }
        return actions
    }

    private mutating func apply(_ event: Event) {
        switch event {
        case .start: start()
        case .started(let index, let pid): started(index, pid)
        case .failed(let index, let reason): failed(index, reason)
        case .left(let index, let end): left(index, end)
        case .ended(let index, let end): ended(index, end)
        case .due(let timer): due(timer)
        case .reload(let grace): if !isStopping, command.schedule == nil { reload(grace) }
        case .stop(let grace): stop(grace)
        case .kill:
            stop(.zero)
            for index in instances.indices { kill(index) }
        }
    }

    // MARK: - Start and end

    private mutating func start() {
        guard !isStopping else { return }
        guard command.schedule == nil else { return wait() }
        for index in instances.indices where instances[index].stage == .idle { spawn(index) }
    }

    private mutating func spawn(_ index: Int) {
        instances[index].begin(at: now, moment)
        actions.append(.spawn(instance: index))
        guard let limit = command.timeLimit else { return }
        actions.append(.set(.limit(instance: index, life: instances[index].life), after: limit))
    }

    private mutating func started(_ index: Int, _ pid: Int32) {
        guard instances.indices.contains(index) else { return }
        instances[index].pid = pid
        // It may not be wanted any more.
        if instances[index].stage == .ending { actions.append(.terminate(instance: index)) }
        if instances[index].isKilled { actions.append(.kill(instance: index)) }
        if instances[index].stage == .starting { instances[index].stage = .running }
    }

    private mutating func failed(_ index: Int, _ reason: String) {
        guard instances.indices.contains(index), instances[index].isAlive else { return }
        actions.append(.log(.error, "it could not be started: \(reason)"))
        over(index, hadLived: false)
    }

    private mutating func left(_ index: Int, _ end: AttachedEnd) {
        guard instances.indices.contains(index), instances[index].isAlive, !instances[index].isKilled else { return }
        instances[index].hasLeftOthers = true
        if instances[index].stage == .ending {
            actions.append(.log(.info, "it \(end.text); what it has started has still to end"))
        } else {
            actions.append(.log(.warning, "it \(end.text) and left processes behind, which are killed"))
            kill(index)
        }
    }

    private mutating func ended(_ index: Int, _ end: AttachedEnd) {
        guard instances.indices.contains(index), instances[index].isAlive else { return }
        let isAsked = instances[index].stage == .ending
        let age = now - instances[index].startedAt
        instances[index].last = end
        let word: AttachedWord = isAsked ? .info : command.schedule == nil ? .error : end.isSuccess ? .info : .warning
        actions.append(.log(word, "it \(end.text) after \(Self.seconds(age))"))
        over(index, hadLived: age >= Self.hadLived)
    }

    /// A process is no more.
    private mutating func over(_ index: Int, hadLived: Bool) {
        let wasAsked = instances[index].stage == .ending
        instances[index].end()
        guard !isStopping, command.schedule == nil else { return }
        if wasAsked { return spawn(index) }
        instances[index].failures = hadLived ? 0 : min(instances[index].failures + 1, 8)
        instances[index].restarts += 1
        guard instances[index].failures > 0 else { return spawn(index) }
        let pause = min(Self.longestPause, 1 << (instances[index].failures - 1))
        instances[index].stage = .pausing
        actions.append(.set(.restart(instance: index, life: instances[index].life), after: .seconds(pause)))
    }

    // MARK: - Reload and stop

    private mutating func reload(_ grace: Duration) {
        for index in instances.indices {
            instances[index].failures = 0
            // What pauses after a fault has perhaps been put right.
            if instances[index].stage == .pausing { spawn(index) } else { terminate(index, within: grace) }
        }
    }

    private mutating func stop(_ grace: Duration) {
        guard !isStopping else { return }
        isStopping = true
        next = nil
        for index in instances.indices {
            if instances[index].stage == .pausing { instances[index].stage = .idle }
            terminate(index, within: grace)
        }
    }

    private mutating func terminate(_ index: Int, within grace: Duration) {
        guard instances[index].stage == .starting || instances[index].stage == .running else { return }
        let isRunning = instances[index].stage == .running
        instances[index].stage = .ending
        if isRunning { actions.append(.terminate(instance: index)) }
        actions.append(.set(.grace(instance: index, life: instances[index].life), after: grace))
    }

    private mutating func kill(_ index: Int) {
        guard instances[index].isAlive else { return }
        instances[index].isKilled = true
        if instances[index].pid > 0 { actions.append(.kill(instance: index)) }
    }

    // MARK: - Time

    /// Waits for the next time of the schedule.
    private mutating func wait() {
        next = command.schedule?.next(after: moment, in: zone)
        if let next { actions.append(.wait(.schedule, until: next)) }
    }

    private mutating func due(_ timer: Timer) {
        switch timer {
        case .schedule:
            guard !isStopping, let next else { return }
            // The clock was put back, or the wait was cut short.
            guard moment >= next else { return actions.append(.wait(.schedule, until: next)) }
            if let free = instances.firstIndex(where: { $0.stage == .idle }) {
                spawn(free)
            } else {
                actions.append(.log(.warning, "it still runs, so that its time \(zone.text(next)) is left out"))
            }
            wait()
        case .restart(let index, let life):
            guard isNow(index, life), instances[index].stage == .pausing, !isStopping else { return }
            spawn(index)
        case .limit(let index, let life):
            guard isNow(index, life), let limit = command.timeLimit else { return }
            guard instances[index].stage == .starting || instances[index].stage == .running else { return }
            actions.append(.log(.error, "it takes longer than \(Self.seconds(limit)), and is asked to end"))
            terminate(index, within: Self.graceOfLimit)
        case .grace(let index, let life):
            guard isNow(index, life), instances[index].stage == .ending else { return }
            let what = instances[index].hasLeftOthers ? "what it has started" : "it"
            actions.append(.log(.error, "\(what) did not end in its time, and is killed"))
            kill(index)
        }
    }

    private func isNow(_ index: Int, _ life: Int) -> Bool {
        instances.indices.contains(index) && instances[index].life == life
    }

    private static func seconds(_ duration: Duration) -> String {
        let tenths = Int((duration / .milliseconds(100)).rounded())
        return tenths < 100 ? "\(tenths / 10).\(tenths % 10) s" : "\(tenths / 10) s"
    }
}
