/// A dictionary that keeps the order in which its keys were added, as Python's does.
public struct TemplateDictionary: Sendable {
    public typealias Element = (key: TemplateValue, value: TemplateValue)

    /// Up to so many entries, comparing the keys one after the other is faster than hashing.
    private static let indexed = 8

    public private(set) var entries: [Element] = []
    /// Where a key is in `entries`; only there when they are many.
    private var positions: [TemplateKey: Int]?

    public init() {}

    public init(_ entries: some Sequence<(String, TemplateValue)>) {
        for (key, value) in entries { self[.string(key)] = value }
    }

    public var count: Int { entries.count }
    public var keys: [TemplateValue] { entries.map(\.key) }
    public var values: [TemplateValue] { entries.map(\.value) }

    /// Python's `items()`: a tuple for each entry.
    public var items: [TemplateValue] { entries.map { .tuple([$0.key, $0.value]) } }

    mutating func reserveCapacity(_ capacity: Int) { entries.reserveCapacity(capacity) }

    public subscript(name: String) -> TemplateValue? {
        get {
            if positions != nil { return self[.string(name)] }
            for entry in entries {
                switch entry.key {
                case .string(let key), .safe(let key): if Comparison.isSame(key, name) { return entry.value }
                default: break
                }
            }
            return nil
        }
        set { self[.string(name)] = newValue }
    }

    public subscript(key: TemplateValue) -> TemplateValue? {
        get { position(of: key).map { entries[$0].value } }
        set {
            if let position = position(of: key) {
                if let newValue { entries[position].value = newValue } else { remove(at: position) }
            } else if let newValue {
                entries.append((key, newValue))
                if positions != nil {
                    positions?[TemplateKey(key)] = entries.count - 1
                } else if entries.count > Self.indexed {
                    index()
                }
            }
        }
    }

    private func position(of key: TemplateValue) -> Int? {
        if let positions { return positions[TemplateKey(key)] }
        return entries.firstIndex { Comparison.isEqual($0.key, key) }
    }

    private mutating func remove(at position: Int) {
        entries.remove(at: position)
        if positions != nil { index() }
    }

    private mutating func index() {
        var positions: [TemplateKey: Int] = [:]
        positions.reserveCapacity(entries.count * 2)
        for (position, entry) in entries.enumerated() { positions[TemplateKey(entry.key)] = position }
        self.positions = positions
    }
}

extension TemplateDictionary: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, TemplateValue)...) {
        self.init(elements.lazy.map { ($0.0, $0.1) })
    }
}
