/// Markup's five characters, written exactly as markupsafe writes them.
enum HTMLEscaping {
    static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: isSpecial) else { return text }
        var bytes: [UInt8] = []
        append(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The HTML of a value: what is safe unchanged, everything else escaped.
    static func escaped(_ value: TemplateValue) -> String {
        switch value {
        case .safe(let text): text
        case .object(let object) where object.isSafe: object.text
        default: escaped(ValueText.str(value))
        }
    }

    /// Copies the stretches between the special bytes as a whole.
    static func append(_ text: String, to output: inout [UInt8]) {
        let isDone: Void? = text.utf8.withContiguousStorageIfAvailable { append($0, to: &output) }
        if isDone == nil { Array(text.utf8).withUnsafeBufferPointer { append($0, to: &output) } }
    }

    private static func append(_ bytes: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        var start = 0
        for (at, byte) in bytes.enumerated() where isSpecial(byte) {
            output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<at]))
            output.append(contentsOf: reference(byte).utf8)
            start = at + 1
        }
        output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start...]))
    }

    @inline(__always)
    private static func isSpecial(_ byte: UInt8) -> Bool {
        // All five are below `?`, where most letters are not.
        byte <= 0x3E && (byte == 0x26 || byte == 0x3C || byte == 0x3E || byte == 0x22 || byte == 0x27)
    }

    private static func reference(_ byte: UInt8) -> String {
        switch byte {
        case 0x26: "&amp;"
        case 0x3C: "&lt;"
        case 0x3E: "&gt;"
        case 0x22: "&#34;"
        default: "&#39;"
        }
    }
}
