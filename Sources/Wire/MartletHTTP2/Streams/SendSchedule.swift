/// Whose DATA goes next (RFC 9218 section 10): the most urgent stream; among equals the one that was first, to its end; and
/// those that are of use in parts take turns.
struct SendSchedule: Sendable {
    private struct Entry: Sendable {
        let id: UInt32
        var priority: StreamPriority
    }

    private var entries: [Entry] = []

    var isEmpty: Bool { entries.isEmpty }

    mutating func add(_ id: UInt32, _ priority: StreamPriority) {
        entries.append(Entry(id: id, priority: priority))
    }

    /// The stream that is next.
    var first: UInt32? { place.map { entries[$0].id } }

    private var place: Int? {
        guard var best = entries.indices.first else { return nil }
        for index in entries.indices.dropFirst() where entries[index].priority.urgency < entries[best].priority.urgency
        {
            best = index
        }
        return best
    }

    /// The stream that is next has sent a frame, and has more.
    mutating func takeTurns() {
        guard entries.count > 1, let place, entries[place].priority.isIncremental else { return }
        entries.append(entries.remove(at: place))
    }

    mutating func remove(_ id: UInt32) {
        entries.removeAll { $0.id == id }
    }

    mutating func removeFirst() {
        if let place { entries.remove(at: place) }
    }

    mutating func change(_ id: UInt32, to priority: StreamPriority) {
        guard let place = entries.firstIndex(where: { $0.id == id }) else { return }
        entries[place].priority = priority
    }
}
