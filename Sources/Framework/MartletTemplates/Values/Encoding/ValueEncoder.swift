extension TemplateValue {
    /// A value of anything that is `Encodable`: structures become dictionaries with their properties, in order.
    ///
    /// - Throws: what `value` throws when it is encoded, and ``TemplateProblem`` for integers beyond 64 bits with a sign.
    public init(encoding value: some Encodable) throws {
        let box = EncodingBox()
        try value.encode(to: ValueEncoder(box: box, codingPath: []))
        self = box.value
    }

    /// The properties of a value, as the names of a template.
    package static func names(of value: some Encodable) throws -> [String: TemplateValue] {
        let encoded = try TemplateValue(encoding: value)
        guard let mapping = encoded.mapping else {
            throw EncodingError.invalidValue(
                value,
                EncodingError.Context(
                    codingPath: [],
                    debugDescription: "what a template is given has properties, or is a dictionary"
                )
            )
        }
        return Dictionary(
            mapping.entries.compactMap { entry in entry.key.string.map { ($0, entry.value) } },
            uniquingKeysWith: { $1 }
        )
    }
}

/// A value that is being encoded, which containers fill from the outside in.
final class EncodingBox {
    private enum Content {
        case value(TemplateValue)
        case list([EncodingBox])
        case dictionary([(key: String, box: EncodingBox)])
    }

    private var content = Content.value(.none)

    func set(_ value: TemplateValue) { content = .value(value) }

    func becomeList() {
        if case .list = content { return }
        content = .list([])
    }

    func becomeDictionary() {
        if case .dictionary = content { return }
        content = .dictionary([])
    }

    var count: Int {
        if case .list(let boxes) = content { boxes.count } else { 0 }
    }

    func append() -> EncodingBox {
        let box = EncodingBox()
        guard case .list(var boxes) = content else { return box }
        content = .value(.none)
        boxes.append(box)
        content = .list(boxes)
        return box
    }

    func add(_ key: String) -> EncodingBox {
        let box = EncodingBox()
        guard case .dictionary(var entries) = content else { return box }
        content = .value(.none)
        entries.append((key, box))
        content = .dictionary(entries)
        return box
    }

    var value: TemplateValue {
        switch content {
        case .value(let value): return value
        case .list(let boxes): return .array(boxes.map(\.value))
        case .dictionary(let entries):
            var dictionary = TemplateDictionary()
            dictionary.reserveCapacity(entries.count)
            for (key, box) in entries { dictionary[.string(key)] = box.value }
            return .dictionary(dictionary)
        }
    }
}

/// Writes into a box.
struct ValueEncoder: Encoder {
    let box: EncodingBox
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        box.becomeDictionary()
        return KeyedEncodingContainer(KeyedValues(box: box, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        box.becomeList()
        return ListedValues(box: box, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { SingleValue(box: box, codingPath: codingPath) }

    /// Anything, into a box.
    static func encode<Value: Encodable>(_ value: Value, into box: EncodingBox, _ codingPath: [any CodingKey]) throws {
        if let value = value as? TemplateValue {
            box.set(value)
        } else {
            try value.encode(to: ValueEncoder(box: box, codingPath: codingPath))
        }
    }

    static func integer(_ value: some BinaryInteger, _ codingPath: [any CodingKey]) throws -> TemplateValue {
        guard let integer = Int(exactly: value) else {
            throw TemplateProblem("\(value) does not fit into an integer of 64 bits with a sign")
        }
        return .int(integer)
    }
}

extension TemplateValue: Encodable {
    /// As part of a value that is encoded for a template it stays what it is.
    public func encode(to encoder: any Encoder) throws {
        if let encoder = encoder as? ValueEncoder {
            encoder.box.set(self)
            return
        }
        var container = encoder.singleValueContainer()
        try container.encode(ValueText.str(self))
    }
}
