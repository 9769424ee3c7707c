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

    private struct Loop {
        weak var context: LoopContext?
    }

    let open = Atomic<Int>(0)
    let limit: Int
    /// How many new connections of one loop may wait at a time while other loops are asked to make room. They are above
    /// the limit.
    let asked: Int
    private let loops = Mutex<[Loop]>([])

    init(limit: Int, loops: Int) {
        self.limit = limit
        asked = max(1, Int(OpenFiles.acceptedAtOnce(loops: loops)) / 2)
    }

    func join(_ contexts: [LoopContext]) {
        loops.withLock { $0 = contexts.map { Loop(context: $0) } }
    }

    func loops(otherThan own: LoopContext) -> [LoopContext] {
        loops.withLock { $0.compactMap(\.context) }.filter { $0 !== own }
    }
}
