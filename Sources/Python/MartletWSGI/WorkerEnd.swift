internal import MartletGateway
internal import MartletProcesses

/// How the worker of a request came to its end.
struct WorkerEnd: Sendable {
    /// From 0.
    let place: Int
    /// 0 where it is not known.
    var pid: Int32 = 0
    var status: ExitStatus?

    /// As a part of a sentence: worker 1 (pid 123) was ended by signal 9 (…).
    var description: String {
        "worker \(place + 1)" + (pid > 0 ? " (pid \(pid))" : "") + " " + (status.map { "\($0)" } ?? "ended")
    }
}

/// The worker died while it made a response.
struct WorkerLost: BrokenAnswer {
    let end: WorkerEnd?

    var description: String {
        "The connection is closed: \(end?.description ?? "the worker ended") in the middle of this answer."
    }
}

/// The worker wrote what it must not into the memory that it shares with the server.
struct WorkerBrokeRules: BrokenAnswer {
    var description: String {
        "The connection is closed: the worker broke the rules of the shared memory in the middle of this answer and is ended."
    }
}

/// The application failed, or left off, in the middle of a response.
struct ResponseNotWhole: BrokenAnswer {
    var description: String {
        "The connection is closed: the application failed, or left off, in the middle of this answer; its own log entry "
            + "says more."
    }
}
