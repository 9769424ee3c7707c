import Glibc
import MartletServer

/// TERM and INT while the app is being imported, before the server watches for signals itself.
///
/// Process 1 of a container has no default action for them: without this they would go unheard. There is nothing to finish
/// yet, and workers leave by themselves when the server is gone. HUP and USR1, which would end the process by default, have nothing
/// to reload or to reopen yet. They are not ignored, or the source that listens later would not hear them either.
enum StartSignals {
    /// Paths with a nil at the end, in memory that the handler can read: it may do nothing but calls of the system.
    nonisolated(unsafe) private static var files: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?

    /// Sockets that have a file already are removed with the process. To be called once.
    static func remove(_ paths: [String]) {
        let copies = paths.compactMap { strdup($0) }
        let list = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: copies.count + 1)
        for (index, copy) in copies.enumerated() { (list + index).initialize(to: copy) }
        (list + copies.count).initialize(to: nil)
        files = list
    }

    static func endProcess() {
        _ = ControllingTerminal.atStart
        for stop in [SIGTERM, SIGINT] {
            _ = signal(stop) { _ in
                var next = StartSignals.files
                while let path = next?.pointee {
                    unlink(path)
                    next = next?.advanced(by: 1)
                }
                _exit(0)
            }
        }
        for early in [SIGHUP, SIGUSR1] { _ = signal(early) { _ in } }
    }
}
