#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// What the process asks of the system before anything else runs.
enum ProcessSetup {
    static func prepare() {
        raiseFileLimit()
        // A client or a log reader that goes away is an error of that write, not the end of the program.
        _ = signal(SIGPIPE, SIG_IGN)
        // Until the server watches for signals itself. As process 1 of a container there is no default action: without
        // this, TERM would go unheard while the app is being imported. Workers leave when they see the server gone.
        for stop in [SIGTERM, SIGINT] { _ = signal(stop) { _ in _exit(0) } }
    }

    /// One connection is one descriptor: the soft limit, often 1024, is raised to what the system allows at most.
    private static func raiseFileLimit() {
        #if canImport(Glibc)
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
        let kind = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        guard getrlimit(kind, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        // Where the system refuses, the limit stays what it was: fewer connections, no harm.
        _ = setrlimit(kind, &limit)
    }
}
