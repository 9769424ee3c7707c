/// A field's value.
package enum ControlValue: Equatable, Sendable {
    case number(Int)
    case text(String)

    var number: Int { if case .number(let number) = self { number } else { 0 } }
    var text: String { if case .text(let text) = self { text } else { "" } }
}

/// Why bytes are no message. What a worker sends is the application's word: it may be anything.
package enum ControlError: Error, Equatable, CustomStringConvertible {
    case empty
    case tooLong(limit: Int)
    case unknown(letter: UInt8)
    case wrongFields(ControlMessage, expected: Int)
    case notANumber(ControlMessage, field: String)

    package var description: String {
        switch self {
        case .empty: "it is empty"
        case .tooLong(let limit): "it is longer than \(limit) bytes"
        case .unknown(let letter): "no message begins with the byte \(letter)"
        case .wrongFields(let message, let expected): "'\(message.row.name)' has \(expected) fields"
        case .notANumber(let message, let field): "the field \(field) of '\(message.row.name)' is no number"
        }
    }
}

extension ControlMessage {
    private static let separator: UInt8 = 0

    private static let bySender: [Sender: [UInt8: ControlMessage]] = Dictionary(grouping: allCases, by: \.row.sender)
        .mapValues { messages in
            Dictionary(messages.map { ($0.letter, $0) }, uniquingKeysWith: { first, _ in first })
        }

    package var letter: UInt8 { rawValue.asciiValue ?? 0 }

    /// The bytes of a message. The values are those of its row's fields; the last one is cut where the message would be too long.
    package func encode(_ values: [ControlValue]) -> [UInt8] {
        var bytes = [letter]
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(Self.separator) }
            switch value {
            case .number(let number): bytes += String(number).utf8
            case .text(let text) where index < values.count - 1: bytes += text.utf8.filter { $0 != Self.separator }
            case .text(let text): bytes += text.utf8
            }
        }
        return Array(bytes.prefix(row.sender.limit))
    }

    /// Reads a message. Text that is no UTF-8 is repaired.
    package static func decode(
        _ bytes: ArraySlice<UInt8>,
        from sender: Sender
    ) throws(ControlError) -> (ControlMessage, [ControlValue]) {
        guard let letter = bytes.first else { throw .empty }
        guard bytes.count <= sender.limit else { throw .tooLong(limit: sender.limit) }
        guard let message = bySender[sender]?[letter] else { throw .unknown(letter: letter) }
        let (rest, fields) = (bytes.dropFirst(), message.row.fields)
        var parts = rest.split(
            separator: separator,
            maxSplits: max(0, fields.count - 1),
            omittingEmptySubsequences: false
        )
        if fields.isEmpty && rest.isEmpty { parts = [] }
        guard parts.count == fields.count else { throw .wrongFields(message, expected: fields.count) }
        var values: [ControlValue] = []
        for (field, part) in zip(fields, parts) {
            let text = String(decoding: part, as: UTF8.self)
            switch field.kind {
            case .text: values.append(.text(text))
            case .number:
                guard let number = Int(text) else { throw .notANumber(message, field: field.name) }
                values.append(.number(number))
            }
        }
        return (message, values)
    }
}
