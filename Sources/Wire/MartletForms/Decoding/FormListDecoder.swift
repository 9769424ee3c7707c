/// All values of a name.
struct FormListDecoder: Decoder {
    let texts: [String]
    let codingPath: [any CodingKey]

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        throw FormShape.fault(codingPath, FormShape.nested)
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        FormListContainer(texts: texts, codingPath: codingPath)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        guard let text = texts.first else { throw FormShape.fault(codingPath, "There is no value.") }
        return FormTextContainer(text: text, codingPath: codingPath)
    }
}

struct FormListContainer: UnkeyedDecodingContainer {
    let texts: [String]
    let codingPath: [any CodingKey]
    private(set) var currentIndex = 0

    init(texts: [String], codingPath: [any CodingKey]) {
        self.texts = texts
        self.codingPath = codingPath
    }

    var count: Int? { texts.count }
    var isAtEnd: Bool { currentIndex >= texts.count }

    mutating func decodeNil() -> Bool {
        guard !isAtEnd, texts[currentIndex].isEmpty else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try FormShape.value(type, try next(), path: codingPath)
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try element() }
    mutating func decode(_ type: String.Type) throws -> String { try element() }
    mutating func decode(_ type: Double.Type) throws -> Double { try element() }
    mutating func decode(_ type: Float.Type) throws -> Float { try element() }
    mutating func decode(_ type: Int.Type) throws -> Int { try element() }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try element() }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try element() }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try element() }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try element() }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try element() }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try element() }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try element() }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try element() }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try element() }

    mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        throw FormShape.fault(codingPath, FormShape.nested)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        throw FormShape.fault(codingPath, FormShape.nested)
    }

    mutating func superDecoder() throws -> any Decoder { throw FormShape.fault(codingPath, FormShape.nested) }

    private mutating func element<Value: Decodable>() throws -> Value { try decode(Value.self) }

    private mutating func next() throws -> String {
        guard !isAtEnd else { throw FormShape.fault(codingPath, "There is no value left.") }
        defer { currentIndex += 1 }
        return texts[currentIndex]
    }
}
