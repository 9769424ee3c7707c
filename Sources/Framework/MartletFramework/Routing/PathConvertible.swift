public import FoundationEssentials

/// A type that can be part of a URL's path: it is made from the text of a parameter, and written back when a URL is
/// built.
///
///     struct Color: PathConvertible { … }
///     app.get("/paint/<color>") { (color: Color) in … }
///
/// A text that the type rejects does not match: the next route is tried, and if there is none the answer is 404.
public protocol PathConvertible: Sendable {
    /// Makes a value from a percent-decoded parameter; nil if it is invalid.
    init?(pathParameter text: String)
    /// The text that ``init(pathParameter:)`` accepts, not percent-encoded.
    var pathParameter: String { get }
    /// The converter that `<name>` stands for with this type.
    static var pathConverter: PathConverter { get }
}

extension PathConvertible {
    public static var pathConverter: PathConverter { .string }
}

extension PathConvertible where Self: LosslessStringConvertible {
    public init?(pathParameter text: String) { self.init(text) }
    public var pathParameter: String { description }
}

extension PathConvertible where Self: RawRepresentable, RawValue == String {
    public init?(pathParameter text: String) { self.init(rawValue: text) }
    public var pathParameter: String { rawValue }
}

extension String: PathConvertible {}

extension PathConvertible where Self: FixedWidthInteger & LosslessStringConvertible {
    public static var pathConverter: PathConverter { .int }
}

extension Int: PathConvertible {}
extension Int64: PathConvertible {}
extension Int32: PathConvertible {}
extension UInt: PathConvertible {}
extension UInt64: PathConvertible {}
extension UInt32: PathConvertible {}
extension UInt16: PathConvertible {}
extension UInt8: PathConvertible {}

extension Double: PathConvertible {
    public static var pathConverter: PathConverter { .float }
}

extension UUID: PathConvertible {
    public init?(pathParameter text: String) { self.init(uuidString: text) }
    public var pathParameter: String { uuidString.lowercased() }
    public static var pathConverter: PathConverter { .uuid }
}

/// A type that a handler takes from the path, as the router sees it.
struct ParameterType: Sendable {
    let name: String
    let identifier: ObjectIdentifier
    let converter: PathConverter
    let isText: Bool
    let accepts: @Sendable (String) -> Bool

    init<Value: PathConvertible>(_ type: Value.Type) {
        name = "\(type)"
        identifier = ObjectIdentifier(type)
        converter = type.pathConverter
        isText = type == String.self
        accepts = { Value(pathParameter: $0) != nil }
    }

    static func list<each Value: PathConvertible>(_ type: repeat (each Value).Type) -> [ParameterType] {
        var types: [ParameterType] = []
        for type in repeat each type { types.append(ParameterType(type)) }
        return types
    }
}
