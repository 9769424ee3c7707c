#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// TERM and INT while the app is being imported, before the server watches for signals itself.
///
/// Process 1 of a container has no default action for them: without this they would go unheard. There is nothing to finish
/// yet, and workers leave by themselves when the server is gone. HUP and USR1, which would end the process by default, have nothing
/// to reload or to reopen yet. They are not ignored, or the source that listens later would not hear them either.
enum StartSignals {
    static func endProcess() {
        for stop in [SIGTERM, SIGINT] { _ = signal(stop) { _ in _exit(0) } }
        for early in [SIGHUP, SIGUSR1] { _ = signal(early) { _ in } }
    }
}
