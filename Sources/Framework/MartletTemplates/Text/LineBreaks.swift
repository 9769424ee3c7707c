/// Lines as the lexer counts them: ended by LF, CR LF or CR.
enum LineBreaks {
    static func lines(of text: String) -> [[Unicode.Scalar]] {
        var lines: [[Unicode.Scalar]] = []
        var line: [Unicode.Scalar] = []
        var isAfterCR = false
        for scalar in text.unicodeScalars {
            if scalar == "\n", isAfterCR {
                isAfterCR = false
                continue
            }
            isAfterCR = scalar == "\r"
            if scalar == "\n" || scalar == "\r" {
                lines.append(line)
                line = []
            } else {
                line.append(scalar)
            }
        }
        lines.append(line)
        return lines
    }

    /// With LF for every line break.
    static func normalized(_ text: String) -> String {
        guard text.utf8.contains(0x0D) else { return text }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var isAfterCR = false
        for byte in text.utf8 {
            if byte == 0x0A, isAfterCR {
                isAfterCR = false
                continue
            }
            isAfterCR = byte == 0x0D
            bytes.append(byte == 0x0D ? 0x0A : byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
