import Glibc

/// How many files and sockets this process may have open.
package enum OpenFiles {
    /// Raises the soft limit to the hard one, up to a million, as Go and Java do: the low default is meant for programs
    /// that use `select`.
    static func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        let wanted = min(limit.rlim_max, 1_048_576)
        guard limit.rlim_cur < wanted else { return }
        limit.rlim_cur = wanted
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    private static var limit: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        return Int(clamping: limit.rlim_cur)
    }

    /// The reserve for files, logs, the workers of a reload, and new connections that are about to replace others.
    private static func reserve(of limit: Int) -> Int { max(32, limit / 8) }

    /// How many connections are possible beside the files that are open already.
    static var connections: Int {
        let limit = limit
        return max(16, limit - inUse(of: limit) - reserve(of: limit))
    }

    /// How many connections a loop accepts in one turn: no more than the reserve has room for. With NIO's default of 4
    /// a burst of clients needs many turns.
    static func acceptedAtOnce(loops: Int) -> UInt {
        UInt(min(128, max(2, reserve(of: limit) / 2 / max(1, loops))))
    }

    /// The program's own descriptors: listening sockets, event loops, logs, workers. The lowest free number is used
    /// first, so few numbers have to be tried.
    private static func inUse(of limit: Int) -> Int {
        (0..<CInt(clamping: min(limit, 4096))).count { fcntl($0, F_GETFD) >= 0 }
    }
}
