internal import FoundationEssentials

extension SessionValue: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .int(value)
        } else if let value = try? container.decode(Double.self) {
            self = .double(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([SessionValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: SessionValue].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .int(let value): try container.encode(value)
        case .double(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

/// The values of a session as JSON, the same bytes for the same values.
enum SessionText {
    static func encode(_ values: [String: SessionValue]) throws(SessionFault) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(values))
        } catch {
            // JSON has all of it but numbers that are none.
            throw .notANumber(Self.nameOfNoNumber(values) ?? "")
        }
    }

    /// Nil for what is none.
    static func decode(_ bytes: [UInt8]) -> [String: SessionValue]? {
        try? JSONDecoder().decode([String: SessionValue].self, from: Data(bytes))
    }

    private static func nameOfNoNumber(_ values: [String: SessionValue]) -> String? {
        values.keys.sorted().first { key in values[key].map(hasNoNumber) ?? false }
    }

    private static func hasNoNumber(_ value: SessionValue) -> Bool {
        switch value {
        case .double(let number): !number.isFinite
        case .array(let values): values.contains(where: hasNoNumber)
        case .object(let values): values.values.contains(where: hasNoNumber)
        default: false
        }
    }
}
