internal import MartletBytes

/// Reads the head of a part, line by line, up to the empty line.
struct PartHeadReader: Sendable {
    /// The bytes read so far, line ends included.
    private(set) var length = 0
    private var line: [UInt8] = []
    private var lines: [[UInt8]] = []
    private var number = 1

    /// Takes the head from the front of the input. Nil if it is not at its end.
    mutating func read(
        _ input: inout ArraySlice<UInt8>,
        endsInCRLF: Bool,
        part: Int,
        limits: FormLimits,
        rule: TextRule
    ) throws(FormFault) -> PartHead? {
        while !input.isEmpty {
            let end = input.firstIndex(of: UInt8(ascii: "\n"))
            let piece = input[..<(end ?? input.endIndex)]
            length += piece.count + (end == nil ? 0 : 1)
            guard length <= limits.partHead else { throw .headTooLong(part: part, limit: limits.partHead) }
            line += piece
            input = input[(end.map { $0 + 1 } ?? input.endIndex)...]
            guard end != nil else { return nil }
            if endsInCRLF {
                guard line.last == UInt8(ascii: "\r") else { throw .malformedHead(part: part, line: number) }
                line.removeLast()
            }
            if line.isEmpty { return try head(part: part, rule: rule) }
            try takeLine(part: part, limit: limits.partFields)
        }
        return nil
    }

    private mutating func takeLine(part: Int, limit: Int) throws(FormFault) {
        guard line.allSatisfy(FieldSyntax.isValue) else { throw .malformedHead(part: part, line: number) }
        if let first = line.first, ASCII.isBlank(first) {
            // The line goes on (RFC 5322 section 2.2.3).
            guard !lines.isEmpty else { throw .malformedHead(part: part, line: number) }
            lines[lines.count - 1] += line
        } else {
            guard lines.count < limit else { throw .tooManyFields(part: part, limit: limit) }
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0,
                line[..<colon].allSatisfy(FieldSyntax.isToken)
            else { throw .malformedHead(part: part, line: number) }
            lines.append(line)
        }
        line.removeAll(keepingCapacity: true)
        number += 1
    }

    private func head(part: Int, rule: TextRule) throws(FormFault) -> PartHead {
        var fields: [PartHead.Field] = []
        var disposition: ArraySlice<UInt8>?
        var contentType: String?
        for line in lines {
            let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
            let name = line[..<colon]
            let value = FieldSyntax.trimmed(line[colon...].dropFirst())
            let text = try rule.text(value, in: "the head of part \(part)")
            fields.append(PartHead.Field(name: String(decoding: name, as: UTF8.self), value: text))
            if ASCIICase.equals(name, "content-disposition") {
                guard disposition == nil else { throw .malformedDisposition(part: part) }
                disposition = value
            } else if ASCIICase.equals(name, "content-type") {
                contentType = contentType ?? text
            } else if ASCIICase.equals(name, "content-transfer-encoding") {
                try Self.check(transferEncoding: value, part: part)
            }
        }
        guard let disposition else { throw .missingDisposition(part: part) }
        let (name, fileName) = try FormDisposition.read(disposition, part: part, rule: rule)
        return PartHead(name: name, fileName: fileName, contentType: contentType, fields: fields)
    }

    /// The encodings that mean that nothing is encoded (RFC 2045 section 6.2). Base64 that is not decoded would be
    /// taken for what it stands for.
    private static func check(transferEncoding: ArraySlice<UInt8>, part: Int) throws(FormFault) {
        let isNone =
            ASCIICase.equals(transferEncoding, "binary") || ASCIICase.equals(transferEncoding, "8bit")
            || ASCIICase.equals(transferEncoding, "7bit")
        guard isNone else {
            throw .transferEncoding(part: part, encoding: String(decoding: transferEncoding, as: UTF8.self))
        }
    }
}
