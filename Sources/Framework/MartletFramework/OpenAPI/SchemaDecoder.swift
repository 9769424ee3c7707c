/// A decoder that has nothing, and writes down what it is asked for.
final class SchemaDecoder: Decoder {
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]
    fileprivate let recorder: SchemaRecorder
    private var form: Form?

    private enum Form {
        case keyed
        case list
        case single(OpenAPIValue)
    }

    private enum Content {
        case schema(OpenAPIValue)
        case nested(SchemaDecoder)

        var schema: OpenAPIValue {
            switch self {
            case .schema(let schema): schema
            case .nested(let decoder): decoder.schema(fault: nil)
            }
        }
    }

    private var properties: [String: Content] = [:]
    private var required: Set<String> = []
    private var optional: Set<String> = []
    private var element: Content?

    init(_ recorder: SchemaRecorder) { self.recorder = recorder }

    /// Whether it was asked for keys.
    var isKeyed: Bool { if case .keyed = form { true } else { false } }

    /// What was asked for.
    ///
    /// - Parameter fault: why that may not be all.
    func schema(fault: String?) -> OpenAPIValue {
        var members: [String: OpenAPIValue]
        switch form {
        case nil: members = [:]
        case .single(let schema): return schema
        case .list: members = ["type": "array", "items": element?.schema ?? [:]]
        case .keyed:
            members = ["type": "object", "properties": .object(properties.mapValues(\.schema))]
            if !required.isEmpty { members["required"] = .array(required.sorted().map { .string($0) }) }
        }
        if let fault { members["description"] = .string("Only a part of this is known. \(fault)") }
        return .object(members)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        form = .keyed
        return KeyedDecodingContainer(KeyedRecorder<Key>(decoder: self))
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer {
        form = .list
        return ListRecorder(decoder: self)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { SingleRecorder(decoder: self) }

    fileprivate func record(_ type: Any.Type, at key: any CodingKey, isRequired: Bool) {
        properties[key.stringValue] = .schema(recorder.schema(of: type))
        if isRequired, !optional.contains(key.stringValue) { required.insert(key.stringValue) }
    }

    fileprivate func recordOptional(at key: any CodingKey) { optional.insert(key.stringValue) }

    fileprivate func nested(at key: any CodingKey) -> SchemaDecoder {
        let decoder = SchemaDecoder(recorder)
        properties[key.stringValue] = .nested(decoder)
        required.insert(key.stringValue)
        return decoder
    }

    fileprivate func record(element type: Any.Type) { element = .schema(recorder.schema(of: type)) }

    fileprivate func nestedElement() -> SchemaDecoder {
        let decoder = SchemaDecoder(recorder)
        element = .nested(decoder)
        return decoder
    }

    fileprivate func record(single type: Any.Type) { form = .single(recorder.schema(of: type)) }
}

private struct KeyedRecorder<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: SchemaDecoder
    let codingPath: [any CodingKey] = []
    let allKeys: [Key] = []

    func contains(_ key: Key) -> Bool { true }

    /// Who asks that can do without; `decodeIfPresent` of Swift's own types asks it, too.
    func decodeNil(forKey key: Key) -> Bool {
        decoder.recordOptional(at: key)
        return false
    }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        decoder.record(type, at: key, isRequired: true)
        return try decoder.recorder.sample(of: type)
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        decoder.record(type, at: key, isRequired: false)
        return nil
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) -> KeyedDecodingContainer<Nested> {
        decoder.nested(at: key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedDecodingContainer {
        decoder.nested(at: key).unkeyedContainer()
    }

    func superDecoder() -> any Decoder { SchemaDecoder(decoder.recorder) }
    func superDecoder(forKey key: Key) -> any Decoder { decoder.nested(at: key) }
}

/// Of one element.
private struct ListRecorder: UnkeyedDecodingContainer {
    let decoder: SchemaDecoder
    let codingPath: [any CodingKey] = []
    var currentIndex = 0
    var count: Int? { 1 }
    var isAtEnd: Bool { currentIndex > 0 }

    mutating func decodeNil() -> Bool { false }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        decoder.record(element: type)
        currentIndex += 1
        return try decoder.recorder.sample(of: type)
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedDecodingContainer<Nested> {
        currentIndex += 1
        return decoder.nestedElement().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedDecodingContainer {
        currentIndex += 1
        return decoder.nestedElement().unkeyedContainer()
    }

    mutating func superDecoder() -> any Decoder { decoder.nestedElement() }
}

private struct SingleRecorder: SingleValueDecodingContainer {
    let decoder: SchemaDecoder
    let codingPath: [any CodingKey] = []

    func decodeNil() -> Bool { false }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        decoder.record(single: type)
        return try decoder.recorder.sample(of: type)
    }
}
