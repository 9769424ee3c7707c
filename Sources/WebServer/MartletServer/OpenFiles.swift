import Glibc

/// How many files and sockets this process may have open.
package enum OpenFiles {
    /// Raises the soft limit to the hard one, up to a million, as Go and Java do: the low default is for programs that use
    /// `select`, which this one does not.
    static func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        let wanted = min(limit.rlim_max, 1_048_576)
        guard limit.rlim_cur < wanted else { return }
        limit.rlim_cur = wanted
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// How many of them connections may take: an eighth, and 32 at least, is left for files, logs and workers.
    static var connections: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 512 }
        let files = Int(clamping: limit.rlim_cur)
        return max(16, files - max(32, files / 8))
    }
}
