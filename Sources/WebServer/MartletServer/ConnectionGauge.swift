import Synchronization

/// The connections of all loops of a server, and how many there may be.
final class ConnectionGauge: Sendable {
    /// What becomes of a newcomer.
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
    private let loops = Mutex<[Loop]>([])

    init(limit: Int) { self.limit = limit }

    func join(_ contexts: [LoopContext]) {
        loops.withLock { $0 = contexts.map { Loop(context: $0) } }
    }

    func loops(otherThan own: LoopContext) -> [LoopContext] {
        loops.withLock { $0.compactMap(\.context) }.filter { $0 !== own }
    }
}
