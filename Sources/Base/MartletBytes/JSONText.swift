/// Bytes from a client, as the content of a JSON string (RFC 8259 section 7).
package enum JSONText {
    /// Appends `bytes`: valid UTF-8 unchanged, invalid bytes as U+FFFD, quotes and backslashes escaped. Control
    /// characters are escaped too, including C1 and DEL, which JSON does not require: people read logs on terminals.
    ///
    /// - Parameter limit: how many of the bytes are used; a character that would be cut in two is left out.
    package static func append(_ bytes: UnsafeRawBufferPointer, upTo limit: Int, to output: inout [UInt8]) {
        if bytes.count <= limit, bytes.allSatisfy({ ASCII.isPrintable($0) && $0 != 0x22 && $0 != 0x5C }) {
            output.append(contentsOf: bytes)
            return
        }
        var rest = UnsafeRawBufferPointer(rebasing: bytes.prefix(limit)).makeIterator()
        let isCut = bytes.count > limit
        var decoder = UTF8()
        while true {
            switch decoder.decode(&rest) {
            case .emptyInput:
                return
            case .scalarValue(let scalar):
                append(scalar, to: &output)
            case .error:
                // The last one may be a character that the limit has cut.
                if isCut, isAtEnd(decoder, rest) { return }
                append("\u{FFFD}", to: &output)
            }
        }
    }

    private static func isAtEnd(_ decoder: UTF8, _ rest: UnsafeRawBufferPointer.Iterator) -> Bool {
        var (decoder, rest) = (decoder, rest)
        if case .emptyInput = decoder.decode(&rest) { return true }
        return false
    }

    private static func append(_ scalar: Unicode.Scalar, to output: inout [UInt8]) {
        switch scalar.value {
        case 0x22, 0x5C: output.append(contentsOf: [0x5C, UInt8(truncatingIfNeeded: scalar.value)])
        case 0x09: output.append(contentsOf: [0x5C, UInt8(ascii: "t")])
        case 0x0A: output.append(contentsOf: [0x5C, UInt8(ascii: "n")])
        case 0x0D: output.append(contentsOf: [0x5C, UInt8(ascii: "r")])
        case ..<0x20, 0x7F...0x9F:
            let byte = UInt8(truncatingIfNeeded: scalar.value)
            output.append(contentsOf: "\\u00".utf8)
            output.append(Hex.digit(byte >> 4))
            output.append(Hex.digit(byte))
        default: output.append(contentsOf: String(scalar).utf8)
        }
    }
}
