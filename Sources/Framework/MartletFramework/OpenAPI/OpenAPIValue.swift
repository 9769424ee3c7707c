internal import FoundationEssentials

/// A value of an OpenAPI document, which is JSON.
indirect enum OpenAPIValue: Sendable, Equatable {
    case object([String: OpenAPIValue])
    case array([OpenAPIValue])
    case string(String)
    case int(Int)
    case bool(Bool)

    subscript(name: String) -> OpenAPIValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    /// Its names in the order of the alphabet; empty for what has none.
    var members: [(key: String, value: OpenAPIValue)] {
        if case .object(let members) = self { members.sorted { $0.key < $1.key } } else { [] }
    }

    /// With line breaks, for people, too.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return ((try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}") + "\n"
    }
}

extension OpenAPIValue: Encodable {
    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .object(let members): try container.encode(members)
        case .array(let values): try container.encode(values)
        case .string(let text): try container.encode(text)
        case .int(let number): try container.encode(number)
        case .bool(let bool): try container.encode(bool)
        }
    }
}

extension OpenAPIValue: ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
    init(stringLiteral value: String) { self = .string(value) }
    init(arrayLiteral elements: OpenAPIValue...) { self = .array(elements) }

    init(dictionaryLiteral elements: (String, OpenAPIValue)...) {
        self = .object(Dictionary(elements) { first, _ in first })
    }
}
