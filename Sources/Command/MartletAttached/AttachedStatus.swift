/// What a command is doing, as `martlet status` shows it.
package struct AttachedStatus: Codable, Sendable, Equatable {
    package struct Instance: Codable, Sendable, Equatable {
        /// `idle`, `starting`, `running`, `ending` or `pausing`.
        package let state: String
        /// 0 where there is no process.
        package let pid: Int32
        /// In seconds since 1970; nil where it has never run.
        package let started: Int?
        /// How the last run ended; nil where none has.
        package let last: String?
        package let restarts: Int
    }

    package let name: String
    package var run: String
    package let schedule: String?
    /// When it runs next, in seconds since 1970.
    package let next: Int?
    package let instances: [Instance]

    init(_ command: AttachedCommand, _ machine: AttachedMachine) {
        name = command.name
        run = command.run
        schedule = command.schedule?.text
        next = machine.next
        instances = machine.instances.map { instance in
            Instance(
                state: instance.stage.rawValue,
                pid: instance.pid,
                started: instance.startedMoment,
                last: instance.last?.text,
                restarts: instance.restarts
            )
        }
    }
}
