/// The values of a form by the names of properties.
struct FormKeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let values: MultiValues

    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { values.names.compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { values.contains(key.stringValue) }

    /// For optionals of types of which is not known whether an empty text is one.
    func decodeNil(forKey key: Key) -> Bool { values[key.stringValue] == nil }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        let name = key.stringValue
        if let value = false as? Value, !contains(key) { return value }
        if let list = type as? any FormList.Type {
            let texts = values.all(of: name).filter { !$0.isEmpty || list.hasEmptyTexts }
            return try Value(from: FormListDecoder(texts: texts, codingPath: [key]))
        }
        guard let text = values[name] else {
            throw ValueFault(name: name, value: nil, expected: FormShape.expectation(of: type))
        }
        return try FormShape.value(type, text, path: [key])
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        guard let text = values[key.stringValue] else { return nil }
        if text.isEmpty, !(type is any FormList.Type), (try? FormShape.value(type, text, path: [key])) == nil {
            return nil
        }
        return try decode(type, forKey: key)
    }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try text(key) ?? false }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try needed(key) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try needed(key) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try needed(key) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try needed(key) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try needed(key) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try needed(key) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try needed(key) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try needed(key) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try needed(key) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try needed(key) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try needed(key) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try needed(key) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try needed(key) }

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try text(key) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try text(key) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try text(key) }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { try text(key) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try text(key) }
    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? { try text(key) }
    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? { try text(key) }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { try text(key) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try text(key) }
    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? { try text(key) }
    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? { try text(key) }
    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? { try text(key) }
    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? { try text(key) }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { try text(key) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        throw FormShape.fault([key], FormShape.nested)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        FormListContainer(texts: values.all(of: key.stringValue), codingPath: [key])
    }

    func superDecoder() throws -> any Decoder { FormValuesDecoder(values: values) }
    func superDecoder(forKey key: Key) throws -> any Decoder { FormValuesDecoder(values: values) }

    private func text<Value: FormConvertible>(_ key: Key) throws -> Value? {
        try values[key.stringValue, as: Value.self]
    }

    private func needed<Value: FormConvertible>(_ key: Key) throws -> Value {
        try values.require(key.stringValue, as: Value.self)
    }
}

/// Types that take all values of a name.
protocol FormList {
    /// Whether an empty text is a value, and not a field that was left empty.
    static var hasEmptyTexts: Bool { get }
}

extension Array: FormList where Element: Decodable {
    static var hasEmptyTexts: Bool { Element.self == String.self }
}

extension ContiguousArray: FormList where Element: Decodable {
    static var hasEmptyTexts: Bool { Element.self == String.self }
}

extension Set: FormList where Element: Decodable {
    static var hasEmptyTexts: Bool { Element.self == String.self }
}
