/// What a session holds under a name: what JSON has.
public enum SessionValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case array([SessionValue])
    case object([String: SessionValue])
}

extension SessionValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: SessionValue...) { self = .array(elements) }

    public init(dictionaryLiteral elements: (String, SessionValue)...) {
        // Of a key that is there twice, the last value counts, as in JSON.
        self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
    }
}

/// A type that a session can hold.
public protocol SessionConvertible {
    /// Nil if the value is none of this type.
    init?(_ value: SessionValue)
    var sessionValue: SessionValue { get }
}

extension SessionValue: SessionConvertible {
    public init?(_ value: SessionValue) { self = value }
    public var sessionValue: SessionValue { self }
}

extension Bool: SessionConvertible {
    public init?(_ value: SessionValue) {
        guard case .bool(let bool) = value else { return nil }
        self = bool
    }

    public var sessionValue: SessionValue { .bool(self) }
}

extension Int: SessionConvertible {
    public init?(_ value: SessionValue) {
        switch value {
        case .int(let number): self = number
        case .double(let number): self.init(exactly: number)
        default: return nil
        }
    }

    public var sessionValue: SessionValue { .int(self) }
}

extension Double: SessionConvertible {
    /// JSON knows one kind of numbers: 2.0 comes back as 2.
    public init?(_ value: SessionValue) {
        switch value {
        case .int(let number): self = Double(number)
        case .double(let number): self = number
        default: return nil
        }
    }

    public var sessionValue: SessionValue { .double(self) }
}

extension String: SessionConvertible {
    public init?(_ value: SessionValue) {
        guard case .string(let text) = value else { return nil }
        self = text
    }

    public var sessionValue: SessionValue { .string(self) }
}

extension Array: SessionConvertible where Element: SessionConvertible {
    /// Nil if one of the elements is none.
    public init?(_ value: SessionValue) {
        guard case .array(let values) = value else { return nil }
        self = []
        for value in values {
            guard let element = Element(value) else { return nil }
            append(element)
        }
    }

    public var sessionValue: SessionValue { .array(map(\.sessionValue)) }
}

extension Dictionary: SessionConvertible where Key == String, Value: SessionConvertible {
    public init?(_ value: SessionValue) {
        guard case .object(let values) = value else { return nil }
        self = [:]
        for (key, value) in values {
            guard let converted = Value(value) else { return nil }
            self[key] = converted
        }
    }

    public var sessionValue: SessionValue { .object(mapValues(\.sessionValue)) }
}
