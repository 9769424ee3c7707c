internal import HTTPTypes
internal import MartletBytes
internal import MartletGateway

/// The values of a query or a form, by name. A name can occur several times.
public struct FormValues: Sendable, Equatable {
    /// Names and values in the order they came.
    public private(set) var pairs: [(name: String, value: String)] = []

    /// The first value of a name.
    public subscript(name: String) -> String? {
        pairs.first { $0.name == name }?.value
    }

    /// Every value of a name.
    public func all(_ name: String) -> [String] {
        pairs.filter { $0.name == name }.map(\.value)
    }

    /// The first value of a name as another type; nil if it is missing or cannot be converted.
    public func get<Value: LosslessStringConvertible>(_ name: String, as type: Value.Type) -> Value? {
        self[name].flatMap(Value.init)
    }

    /// The first value of a name as another type.
    ///
    /// - Throws: 400 with an explanation if it is missing or cannot be converted.
    public func require<Value: LosslessStringConvertible>(_ name: String, as type: Value.Type = String.self) throws
        -> Value
    {
        guard let text = self[name] else { throw Abort(.badRequest, "The value `\(name)` is missing.") }
        guard let value = Value(text) else {
            throw Abort(.badRequest, "The value `\(name)` is \"\(text)\", which is not of type \(Value.self).")
        }
        return value
    }

    public static func == (a: FormValues, b: FormValues) -> Bool {
        a.pairs.elementsEqual(b.pairs) { $0 == $1 }
    }
}

extension FormValues {
    struct TooMany: Error {}

    /// Parses `application/x-www-form-urlencoded` text as the URL standard does: nothing is malformed.
    init(urlEncoded bytes: some Collection<UInt8>, limit: Int) throws(TooMany) {
        for part in bytes.split(separator: UInt8(ascii: "&")) {
            guard pairs.count < limit else { throw TooMany() }
            let mark = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            let name = Self.decode(part[..<mark])
            let value = mark == part.endIndex ? "" : Self.decode(part[part.index(after: mark)...])
            pairs.append((name, value))
        }
    }

    private static func decode(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }.withUnsafeBytes(PercentEncoding.decode)
    }
}
