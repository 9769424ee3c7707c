/// The statements of a Python source, one after the other: lines that belong together are joined, comments and docstrings are left out.
struct PythonStatementLines: Sequence, IteratorProtocol {
    struct Statement {
        let text: String
        /// That of its beginning; the first is 1.
        let line: Int
        /// How many blanks it begins with.
        let indent: Int
    }

    /// Of one statement: far more than an application is made with. A table of data may be as long as it likes.
    private static let longest = 4096

    private var bytes: Array<UInt8>.SubSequence
    private var line = 1
    /// That of the line, for what stands behind a semicolon.
    private var indent: Int?
    /// Whether the statement ended with its line.
    private var hasEnded = true

    init(_ text: String) { bytes = Array(text.utf8)[...] }

    mutating func next() -> Statement? {
        while !bytes.isEmpty {
            let start = line
            let indent =
                indent ?? bytes.prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.count
            self.indent = nil
            let text = statement()
            if !hasEnded { self.indent = indent }
            if text.contains(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }) {
                return Statement(text: String(decoding: text, as: UTF8.self), line: start, indent: indent)
            }
        }
        return nil
    }

    /// Up to the end of the line that no bracket, no text and no backslash leads over.
    private mutating func statement() -> [UInt8] {
        var text: [UInt8] = []
        var depth = 0
        hasEnded = false
        func add(_ byte: UInt8) { if text.count < Self.longest { text.append(byte) } }
        while let byte = bytes.popFirst() {
            switch byte {
            case UInt8(ascii: "\n"):
                line += 1
                if depth <= 0 {
                    hasEnded = true
                    return text
                }
                add(UInt8(ascii: " "))
            case UInt8(ascii: ";") where depth <= 0: return text
            case UInt8(ascii: "\r"): break
            case UInt8(ascii: "#"):
                while let next = bytes.first, next != UInt8(ascii: "\n") { _ = next; bytes = bytes.dropFirst() }
            case UInt8(ascii: "\\") where bytes.starts(with: "\n".utf8) || bytes.starts(with: "\r\n".utf8):
                bytes = bytes.dropFirst(bytes.first == UInt8(ascii: "\n") ? 1 : 2)
                line += 1
            case UInt8(ascii: "\""), UInt8(ascii: "'"): string(byte, add)
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                add(byte)
            case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth -= 1
                add(byte)
            default: add(byte)
            }
        }
        return text
    }

    /// A text. One in three quotes is a docstring or data: it is left out.
    private mutating func string(_ quote: UInt8, _ add: (UInt8) -> Void) {
        if bytes.starts(with: [quote, quote]) {
            bytes = bytes.dropFirst(2)
            while let byte = bytes.popFirst() {
                if byte == UInt8(ascii: "\n") { line += 1 }
                if byte == UInt8(ascii: "\\") {
                    if bytes.popFirst() == UInt8(ascii: "\n") { line += 1 }
                } else if byte == quote, bytes.starts(with: [quote, quote]) {
                    bytes = bytes.dropFirst(2)
                    return
                }
            }
            return
        }
        add(quote)
        while let byte = bytes.first, byte != UInt8(ascii: "\n") {
            bytes = bytes.dropFirst()
            add(byte)
            if byte == quote { return }
            if byte == UInt8(ascii: "\\"), let next = bytes.popFirst() {
                if next == UInt8(ascii: "\n") { line += 1 }
                add(next)
            }
        }
    }
}
