/// Names with values, in the order they came: a query, a form, the cookies of a request. A name can be there several
/// times.
///
///     let values: MultiValues = ["tag": "swift", "tag": "web", "page": "2"]
///     values["tag"]                              // "swift"
///     values.all(of: "tag")                      // ["swift", "web"]
///     try values["page", as: Int.self] ?? 1      // 2; throws if it is there and no number
public struct MultiValues: Sendable, Hashable {
    public struct Pair: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Every value with its name, in the order they came.
    public private(set) var pairs: [Pair]

    public init(_ pairs: [Pair] = []) { self.pairs = pairs }

    /// The first value of a name; nil if there is none. Setting it replaces all values of the name, nil removes them.
    public subscript(name: String) -> String? {
        get { pairs.first { $0.name == name }?.value }
        set {
            guard let newValue else { return remove(name) }
            guard let place = pairs.firstIndex(where: { $0.name == name }) else { return append(name, newValue) }
            pairs[place].value = newValue
            let rest = pairs[(place + 1)...].filter { $0.name != name }
            pairs.replaceSubrange((place + 1)..., with: rest)
        }
    }

    /// The first value of a name; nil if there is none.
    public func first(_ name: String) -> String? { self[name] }

    /// Every value of a name.
    public func all(of name: String) -> [String] {
        pairs.filter { $0.name == name }.map(\.value)
    }

    public func contains(_ name: String) -> Bool { pairs.contains { $0.name == name } }

    /// Every name once, in the order in which they came first.
    public var names: [String] {
        var seen: Set<String> = []
        return pairs.map(\.name).filter { seen.insert($0).inserted }
    }

    public var isEmpty: Bool { pairs.isEmpty }

    public mutating func append(_ name: String, _ value: String) {
        pairs.append(Pair(name: name, value: value))
    }

    public mutating func append(contentsOf other: MultiValues) { pairs += other.pairs }

    public mutating func remove(_ name: String) { pairs.removeAll { $0.name == name } }
}

extension MultiValues: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, String)...) {
        pairs = elements.map { Pair(name: $0, value: $1) }
    }
}

extension MultiValues: CustomStringConvertible {
    /// As application/x-www-form-urlencoded.
    public var description: String { urlEncoded }
}
