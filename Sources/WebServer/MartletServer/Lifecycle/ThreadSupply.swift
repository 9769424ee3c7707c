import Glibc
import MartletGateway
import NIOCore

/// Fewer threads and processes can be started than a server needs.
public struct ThreadShortage: Error, Sendable, Equatable, CustomStringConvertible {
    let needed: Int
    /// How many of them are available.
    let available: Int

    public var description: String {
        """
        Only \(available) of the \(needed) threads and processes can be started that are needed here. Raise the limit \
        (ulimit -u, TasksMax= of systemd, --pids-limit of Docker), or start fewer workers and threads.
        """
    }
}

/// Checks that enough threads can be started: an event loop without one ends the process, and a worker without one
/// hangs.
package enum ThreadSupply {
    /// Trying more takes too long, and this many is enough to know.
    private static let most = 2000

    /// Starts this many threads at once, and lets them end.
    package static func require(_ needed: Int) throws(ThreadShortage) {
        let gate = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        defer { gate.deallocate() }
        pthread_mutex_init(gate, nil)
        pthread_mutex_lock(gate)
        // Its Swift initializer belongs to a module that is not imported here.
        let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
        defer { attributes.deallocate() }
        pthread_attr_init(attributes)
        // They only wait, so a small stack will do.
        pthread_attr_setstacksize(attributes, 128 * 1024)
        let wanted = min(needed, most)
        var threads: [pthread_t] = []
        while threads.count < wanted {
            var thread = pthread_t()
            let error = pthread_create(
                &thread,
                attributes,
                { gate in
                    guard let gate = gate?.assumingMemoryBound(to: pthread_mutex_t.self) else { return nil }
                    pthread_mutex_lock(gate)
                    pthread_mutex_unlock(gate)
                    return nil
                },
                gate
            )
            guard error == 0 else { break }
            threads.append(thread)
        }
        pthread_attr_destroy(attributes)
        pthread_mutex_unlock(gate)
        for thread in threads { pthread_join(thread, nil) }
        pthread_mutex_destroy(gate)
        guard threads.count < wanted else { return }
        throw ThreadShortage(needed: needed, available: threads.count)
    }
}

extension ServerConfiguration {
    /// How many threads a server needs: its loops, one for each core that tasks run on, as many for what blocks
    /// (SwiftNIO's pool), and those of the system's queues for signals, logs and the control socket.
    package var threads: Int { eventLoops + Processors.available + System.coreCount + 8 }
}
