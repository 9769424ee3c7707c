/// Whose DATA goes next (RFC 9218 section 10): the most urgent streams. Among equals those that are of use in parts share the
/// connection, and any others go one after the other, in the order of their requests. Where there are both, each kind has every
/// other turn.
struct SendSchedule: Sendable {
    private struct Entry: Sendable {
        let id: UInt32
        var priority: StreamPriority
    }

    private var entries: [Entry] = []
    private var isSharing = false

    var isEmpty: Bool { entries.isEmpty }

    mutating func add(_ id: UInt32, _ priority: StreamPriority) {
        entries.append(Entry(id: id, priority: priority))
    }

    /// The stream that is next.
    var first: UInt32? { place.map { entries[$0].id } }

    private var place: Int? {
        var shared: Int?
        var whole: Int?
        var urgency = UInt8.max
        for index in entries.indices {
            let priority = entries[index].priority
            if priority.urgency > urgency { continue }
            if priority.urgency < urgency { (shared, whole, urgency) = (nil, nil, priority.urgency) }
            if priority.isIncremental {
                shared = shared ?? index
            } else if whole.map({ entries[index].id < entries[$0].id }) ?? true {
                whole = index
            }
        }
        return isSharing ? shared ?? whole : whole ?? shared
    }

    /// The stream that is next has sent a frame, and has more.
    mutating func takeTurns() {
        guard entries.count > 1, let place else { return }
        isSharing.toggle()
        if entries[place].priority.isIncremental { entries.append(entries.remove(at: place)) }
    }

    mutating func remove(_ id: UInt32) {
        entries.removeAll { $0.id == id }
    }

    /// The stream that is next has nothing more to send.
    mutating func removeFirst() {
        guard let place else { return }
        entries.remove(at: place)
        isSharing.toggle()
    }

    mutating func change(_ id: UInt32, to priority: StreamPriority) {
        guard let place = entries.firstIndex(where: { $0.id == id }) else { return }
        entries[place].priority = priority
    }
}
