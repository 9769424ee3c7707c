/// Sessions in the memory of this process: for tests, development, and a single process whose restarts may end them.
public actor MemorySessionStore: SessionStore {
    private struct Entry {
        let bytes: [UInt8]
        let expires: Int
        /// Which saving it was, counted from 0: the one with the lowest number is forgotten first.
        let number: Int
    }

    private let capacity: Int
    private var entries: [String: Entry] = [:]
    /// Keys in the order in which they were saved, some of them saved again or deleted since.
    private var order: [(key: String, number: Int)] = []
    private var next = 0

    /// - Parameter capacity: how many sessions are kept; beyond it, the one that was saved longest ago is forgotten.
    public init(capacity: Int = 10_000) { self.capacity = max(capacity, 1) }

    public var count: Int { entries.count }

    public func load(_ key: String, now: Int) -> [UInt8]? {
        guard let entry = entries[key] else { return nil }
        guard entry.expires > now else {
            entries[key] = nil
            return nil
        }
        return entry.bytes
    }

    public func save(_ key: String, _ bytes: [UInt8], expires: Int) {
        entries[key] = Entry(bytes: bytes, expires: expires, number: next)
        order.append((key, next))
        next += 1
        if entries.count > capacity || order.count > 4 * capacity { makeRoom() }
    }

    public func delete(_ key: String) { entries[key] = nil }

    /// Forgets an eighth at once, so that the order is not gone through with each saving.
    private func makeRoom() {
        order.removeAll { entries[$0.key]?.number != $0.number }
        guard entries.count > capacity else { return }
        let count = min(order.count, entries.count - capacity + capacity / 8)
        for entry in order.prefix(count) { entries[entry.key] = nil }
        order.removeFirst(count)
    }
}
