internal import CMartletWorker
internal import Glibc
internal import MartletProcesses
internal import NIOCore
import Synchronization

/// One thread that tells event loops when sockets are ready that workers have handed over.
///
/// Such a socket cannot be a channel of NIO: a worker that keeps a copy of it can make it block at any moment, and the event loop
/// with it. Whoever is told here reads and writes with MSG_DONTWAIT, which nobody else has a say in.
final class SocketPoller: Sendable {
    /// Nil where the system has no descriptor or no thread left for it.
    static let shared = SocketPoller()

    private let poller: CInt
    private let sockets = Mutex(Sockets())

    private struct Sockets {
        var lastID: UInt64 = 0
        var byID: [UInt64: Entry] = [:]
    }

    private struct Entry: Sendable {
        let eventLoop: any EventLoop
        let whenReady: @Sendable () -> Void
    }

    private init?() {
        poller = martlet_poller_create()
        guard poller >= 0 else { return nil }
        let isRunning = ThreadBody { [self] in
            while true { deliver() }
        }.start()
        guard isRunning else {
            close(poller)
            return nil
        }
    }

    private func deliver() {
        var ids = [UInt64](repeating: 0, count: Int(MARTLET_POLLER_BATCH))
        let count = martlet_poller_wait(poller, &ids)
        for id in ids.prefix(Int(max(0, count))) {
            guard let entry = sockets.withLock({ $0.byID[id] }) else { continue }
            entry.eventLoop.execute(entry.whenReady)
        }
    }

    /// - Parameter whenReady: called on the event loop, once for each ``arm(_:_:reading:writing:)``.
    /// - Returns: what the socket is called here.
    func add(_ eventLoop: any EventLoop, whenReady: @escaping @Sendable () -> Void) -> UInt64 {
        sockets.withLock { sockets in
            sockets.lastID += 1
            sockets.byID[sockets.lastID] = Entry(eventLoop: eventLoop, whenReady: whenReady)
            return sockets.lastID
        }
    }

    /// - Returns: false where the system cannot watch the socket.
    func arm(_ id: UInt64, _ socket: CInt, reading: Bool, writing: Bool) -> Bool {
        martlet_poller_arm(poller, socket, id, reading, writing) == 0
    }

    /// Before the socket is closed. Safe to call twice.
    func remove(_ id: UInt64, _ socket: CInt) {
        guard sockets.withLock({ $0.byID.removeValue(forKey: id) }) != nil else { return }
        martlet_poller_remove(poller, socket)
    }
}
