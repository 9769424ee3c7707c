import Logging
import Synchronization

/// The connections of all loops of a server, and how many there may be.
final class ConnectionGauge: Sendable {
    /// What happens to a new connection.
    enum Place {
        case granted
        /// Another loop is being asked to make room.
        case asked
        case refused
    }

    let open = Atomic<Int>(0)
    let limit: Int
    /// How many new connections of one loop may wait at a time while other loops are asked to make room. They are above
    /// the limit.
    let asked: Int
    /// They hold this too, until the server has stopped: an object that is held weakly costs more at each request.
    private let loops = Mutex<[LoopContext]>([])
    private let pauseOfLog = Mutex(LogPause())

    init(limit: Int, loops: Int) {
        self.limit = limit
        asked = max(1, Int(OpenFiles.acceptedAtOnce(loops: loops)) / 2)
    }

    /// A new connection is closed, as there is no room for it.
    func noteRefusal(_ logger: Logger) {
        guard pauseOfLog.withLock({ $0.isOver() }) else { return }
        logger.warning(
            "New connections are closed: all \(limit) that may be open are in use, and none of them is idle (limit-connections)."
        )
    }

    func join(_ contexts: [LoopContext]) {
        loops.withLock { $0 = contexts }
    }

    func close() { loops.withLock { $0 = [] } }

    func loops(otherThan own: LoopContext) -> [LoopContext] {
        loops.withLock { $0 }.filter { $0 !== own }
    }
}
