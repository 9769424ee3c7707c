import MartletBytes

/// The statements of a Python file, without what is in their blocks: where each begins and ends (The Python Language Reference, 2.1).
///
/// It follows strings, brackets, comments and continued lines, and judges nothing: a file that is not Python gives statements that are
/// no assignments.
struct PythonStatements {
    struct Statement: Equatable {
        let line: Int
        let text: [UInt8]
    }

    /// Those that are not indented.
    private(set) var all: [Statement] = []

    private let bytes: [UInt8]
    private var index = 0
    private var line = 1

    /// Far more than anybody writes.
    private static let most = 5000

    init(_ text: String) throws(ImportError) {
        bytes = Array(text.utf8)
        while index < bytes.count {
            readLine()
            guard all.count <= Self.most else {
                throw ImportError("it has more than \(Self.most) statements, so it is no configuration.")
            }
        }
    }

    /// A logical line, which may have several statements with semicolons between.
    private mutating func readLine() {
        let isIndented = skipIndentation()
        while index < bytes.count, bytes[index] != 0x0A {
            let (start, first) = (index, line)
            skipStatement()
            var text = bytes[start..<index]
            while let last = text.last, last == 0x20 || last == 0x09 || last == 0x0D { text.removeLast() }
            if !text.isEmpty, !isIndented { all.append(Statement(line: first, text: Array(text))) }
            if index < bytes.count, bytes[index] == UInt8(ascii: ";") { index += 1 }
            _ = skipIndentation()
        }
        advance()
    }

    /// Returns whether there was any.
    private mutating func skipIndentation() -> Bool {
        let start = index
        while index < bytes.count, [0x20, 0x09, 0x0C, 0x0D].contains(bytes[index]) { index += 1 }
        let isIndented = index > start
        if index < bytes.count, bytes[index] == UInt8(ascii: "#") { skipComment() }
        return isIndented
    }

    /// To a semicolon or a line end that ends it, or to its comment.
    private mutating func skipStatement() {
        var depth = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                skipString()
                continue
            case UInt8(ascii: "#"):
                if depth == 0 { return }
                skipComment()
                continue
            case UInt8(ascii: ";") where depth == 0: return
            case 0x0A where depth == 0: return
            case UInt8(ascii: "\\") where bytes.count - index > 1: index += 1
            default: break
            }
            advance()
        }
    }

    private mutating func skipString() {
        let quote = bytes[index]
        let isLong = bytes[index...].starts(with: [quote, quote, quote])
        index += isLong ? 3 : 1
        while index < bytes.count {
            if bytes[index] == quote, !isLong || bytes[index...].starts(with: [quote, quote, quote]) {
                index += isLong ? 3 : 1
                return
            }
            // One that does not end is an error of Python's; the next line is a statement again.
            if bytes[index] == 0x0A, !isLong { return }
            if bytes[index] == UInt8(ascii: "\\"), bytes.count - index > 1 { index += 1 }
            advance()
        }
    }

    private mutating func skipComment() {
        while index < bytes.count, bytes[index] != 0x0A { index += 1 }
    }

    private mutating func advance() {
        guard index < bytes.count else { return }
        if bytes[index] == 0x0A { line += 1 }
        index += 1
    }
}

extension PythonStatements.Statement {
    /// `name = …`, also with an annotation; nil for any other statement.
    var assignment: (name: String, value: ArraySlice<UInt8>)? {
        var index = text.startIndex
        while index < text.endIndex, isNameByte(text[index]) { index += 1 }
        guard index > 0, let first = text.first, !ASCII.isDigit(first) else { return nil }
        let name = String(decoding: text[..<index], as: UTF8.self)
        guard let equals = text[index...].firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let between = text[index..<equals].drop { $0 == 0x20 || $0 == 0x09 }
        // An annotation is a name, perhaps with brackets; anything else would be an operator.
        guard between.isEmpty || between.first == UInt8(ascii: ":") && between.dropFirst().allSatisfy(isAnnotationByte),
            equals + 1 >= text.endIndex || text[equals + 1] != UInt8(ascii: "=")
        else { return nil }
        return (name, text[(equals + 1)...])
    }

    /// Its first word.
    var keyword: String { String(decoding: text.prefix { isNameByte($0) || $0 == UInt8(ascii: "@") }, as: UTF8.self) }

    private func isNameByte(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "_") || byte >= 0x80
    }

    private func isAnnotationByte(_ byte: UInt8) -> Bool { isNameByte(byte) || " \t[],.|".utf8.contains(byte) }
}
