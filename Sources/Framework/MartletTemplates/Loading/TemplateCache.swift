/// Compiled templates, those that were used last: beyond the capacity, the one that has not been used for the longest time
/// goes.
struct TemplateCache {
    struct Entry: Sendable {
        let template: CompiledTemplate
        let check: (@Sendable () -> Bool)?
        var lastUse = 0

        init(template: CompiledTemplate, check: (@Sendable () -> Bool)?) {
            self.template = template
            self.check = check
        }

        var isCurrent: Bool { check?() ?? true }
    }

    private let capacity: Int
    private var entries: [String: Entry] = [:]
    private var uses = 0

    init(capacity: Int) { self.capacity = max(1, capacity) }

    mutating func find(_ name: String) -> Entry? {
        uses &+= 1
        guard let index = entries.index(forKey: name) else { return nil }
        entries.values[index].lastUse = uses
        return entries.values[index]
    }

    mutating func keep(_ entry: Entry, as name: String) {
        uses &+= 1
        if entries[name] == nil, entries.count >= capacity,
            let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            entries[oldest.key] = nil
        }
        var entry = entry
        entry.lastUse = uses
        entries[name] = entry
    }
}
