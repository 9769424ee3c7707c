/// One process of a command, or the place for it.
package struct AttachedInstance: Sendable {
    package enum Stage: String, Sendable {
        case idle
        case starting
        case running
        /// It was asked to end.
        case ending
        /// It ended too soon, and is started again after a while.
        case pausing
    }

    package internal(set) var stage = Stage.idle
    /// 0 until the process exists.
    package internal(set) var pid: Int32 = 0
    /// In seconds since 1970; of the last run.
    package internal(set) var startedMoment: Int?
    /// How the last run ended.
    package internal(set) var last: AttachedEnd?
    /// How often it was started again because it had ended.
    package internal(set) var restarts = 0
    var life = 0
    var startedAt = Duration.zero
    /// Runs in a row that did not last.
    var failures = 0
    var isKilled = false
    /// Whether its first process has ended, and others of its group have not.
    var hasLeftOthers = false

    /// Whether a process may be running.
    var isAlive: Bool { stage == .starting || stage == .running || stage == .ending }
    var isGone: Bool { stage == .idle || stage == .pausing }

    mutating func begin(at now: Duration, _ moment: Int) {
        stage = .starting
        pid = 0
        life += 1
        startedAt = now
        startedMoment = moment
        isKilled = false
        hasLeftOthers = false
    }

    mutating func end() {
        stage = .idle
        pid = 0
    }
}

/// How a process ended.
package struct AttachedEnd: Sendable, Equatable {
    /// `exited with status 1`
    package let text: String
    package let isSuccess: Bool

    package init(text: String, isSuccess: Bool) {
        self.text = text
        self.isSuccess = isSuccess
    }
}

/// How severe what is said of a command is.
package enum AttachedWord: Sendable, Equatable {
    case info, notice, warning, error
}
