internal import FoundationEssentials

/// A type whose JSON is known, without a look at how it is decoded.
protocol SchemaShape {
    static func schema(_ recorder: SchemaRecorder) -> OpenAPIValue
    /// A value of it, for a type that has such a property to be decoded on.
    static var sample: Self { get }
}

extension SchemaShape where Self: BinaryInteger {
    static func schema(_ recorder: SchemaRecorder) -> OpenAPIValue { ["type": "integer"] }
    static var sample: Self { 0 }
}

extension SchemaShape where Self: BinaryFloatingPoint {
    static func schema(_ recorder: SchemaRecorder) -> OpenAPIValue { ["type": "number"] }
    static var sample: Self { 0 }
}

extension Int: SchemaShape {}
extension Int8: SchemaShape {}
extension Int16: SchemaShape {}
extension Int32: SchemaShape {}
extension Int64: SchemaShape {}
extension UInt: SchemaShape {}
extension UInt8: SchemaShape {}
extension UInt16: SchemaShape {}
extension UInt32: SchemaShape {}
extension UInt64: SchemaShape {}
extension Double: SchemaShape {}
extension Float: SchemaShape {}

extension Bool: SchemaShape {
    static func schema(_ recorder: SchemaRecorder) -> OpenAPIValue { ["type": "boolean"] }
    static var sample: Bool { false }
}

extension String: SchemaShape {
    static func schema(_ recorder: SchemaRecorder) -> OpenAPIValue { ["type": "string"] }
    static var sample: String { "" }
}

extension Decimal: SchemaShape {
    static func schema(_ recorder: SchemaRecorder) -> OpenAPIValue { ["type": "number"] }
    static var sample: Decimal { 0 }
}

/// As ``JSON`` writes it: ISO 8601.
extension Date: SchemaShape {
    static func schema(_ recorder: SchemaRecorder) -> OpenAPIValue { ["type": "string", "format": "date-time"] }
    static var sample: Date { Date(timeIntervalSince1970: 0) }
}

extension UUID: SchemaShape {
    static func schema(_ recorder: SchemaRecorder) -> OpenAPIValue { ["type": "string", "format": "uuid"] }
    static var sample: UUID { UUID() }
}

extension URL: SchemaShape {
    static func schema(_ recorder: SchemaRecorder) -> OpenAPIValue { ["type": "string", "format": "uri"] }
    static var sample: URL { URL(filePath: "/") }
}

extension Data: SchemaShape {
    static func schema(_ recorder: SchemaRecorder) -> OpenAPIValue { ["type": "string", "contentEncoding": "base64"] }
    static var sample: Data { Data() }
}

extension Optional: SchemaShape {
    static func schema(_ recorder: SchemaRecorder) -> OpenAPIValue {
        ["anyOf": [recorder.schema(of: Wrapped.self), ["type": "null"]]]
    }
    static var sample: Wrapped? { nil }
}

extension Array: SchemaShape {
    static func schema(_ recorder: SchemaRecorder) -> OpenAPIValue {
        ["type": "array", "items": recorder.schema(of: Element.self)]
    }
    static var sample: [Element] { [] }
}

extension Set: SchemaShape {
    static func schema(_ recorder: SchemaRecorder) -> OpenAPIValue {
        ["type": "array", "items": recorder.schema(of: Element.self), "uniqueItems": .bool(true)]
    }
    static var sample: Set<Element> { [] }
}

extension Dictionary: SchemaShape {
    /// Of keys that are no text, JSON is an array of keys and values in turn.
    static func schema(_ recorder: SchemaRecorder) -> OpenAPIValue {
        Key.self == String.self || Key.self == Int.self
            ? ["type": "object", "additionalProperties": recorder.schema(of: Value.self)] : ["type": "array"]
    }
    static var sample: [Key: Value] { [:] }
}
