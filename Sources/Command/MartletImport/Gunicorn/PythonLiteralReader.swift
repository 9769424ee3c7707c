import MartletBytes

/// Reads one literal of Python: str, int, float, bool, None, list, tuple, dict (The Python Language Reference, 2.5 and 6.2).
///
/// Nothing is executed and nothing is computed but a sign before a number. Names, calls, operators, bytes, sets and f-strings are not
/// literals here. Depth and numbers are bounded.
struct PythonLiteralReader {
    private static let deepest = 64

    private let bytes: [UInt8]
    private var index = 0

    /// The value of a whole text; nil where it is anything else.
    static func value(of bytes: some Sequence<UInt8>) -> PythonValue? {
        var reader = PythonLiteralReader(bytes: Array(bytes))
        guard let value = reader.expression() else { return nil }
        reader.skipBlanks()
        return reader.index == reader.bytes.count ? value : nil
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// Several with commas between, which is a tuple without its brackets.
    private mutating func expression() -> PythonValue? {
        guard let first = value(0) else { return nil }
        skipBlanks()
        guard peek() == UInt8(ascii: ",") else { return first }
        var items = [first]
        while take(",") {
            skipBlanks()
            guard peek() != nil else { break }
            guard let next = value(0) else { return nil }
            items.append(next)
        }
        return .list(items)
    }

    private mutating func value(_ depth: Int) -> PythonValue? {
        skipBlanks()
        guard depth < Self.deepest, let byte = peek() else { return nil }
        switch byte {
        case UInt8(ascii: "["):
            index += 1
            return items(until: "]", depth)
        case UInt8(ascii: "("): return parenthesized(depth)
        case UInt8(ascii: "{"): return dict(depth)
        case UInt8(ascii: "-"), UInt8(ascii: "+"):
            index += 1
            skipBlanks()
            guard let next = peek(), ASCII.isDigit(next) || next == UInt8(ascii: ".") else { return nil }
            return number(isNegative: byte == UInt8(ascii: "-"))
        case UInt8(ascii: "."): return number(isNegative: false)
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return text()
        case _ where ASCII.isDigit(byte): return number(isNegative: false)
        default: return word()
        }
    }
}

// MARK: - What consists of parts

extension PythonLiteralReader {
    /// - Parameter first: those that were read already.
    private mutating func items(_ first: [PythonValue] = [], until end: Unicode.Scalar, _ depth: Int) -> PythonValue? {
        var items = first
        while true {
            skipBlanks()
            if take(end) { return .list(items) }
            guard let next = value(depth + 1) else { return nil }
            items.append(next)
            skipBlanks()
            if take(end) { return .list(items) }
            guard take(",") else { return nil }
        }
    }

    /// `(1)` is a number, `(1,)` a tuple.
    private mutating func parenthesized(_ depth: Int) -> PythonValue? {
        index += 1
        skipBlanks()
        if take(")") { return .list([]) }
        guard let first = value(depth + 1) else { return nil }
        skipBlanks()
        if take(")") { return first }
        guard take(",") else { return nil }
        return items([first], until: ")", depth)
    }

    private mutating func dict(_ depth: Int) -> PythonValue? {
        index += 1
        var pairs: [PythonValue.PythonPair] = []
        while true {
            skipBlanks()
            if take("}") { return .dict(pairs) }
            guard let key = value(depth + 1) else { return nil }
            skipBlanks()
            guard take(":"), let value = value(depth + 1) else { return nil }
            pairs.append(.init(key: key, value: value))
            skipBlanks()
            if take("}") { return .dict(pairs) }
            guard take(",") else { return nil }
        }
    }
}

// MARK: - Words and numbers

extension PythonLiteralReader {
    private mutating func word() -> PythonValue? {
        let start = index
        while let byte = peek(), ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "_") { index += 1 }
        let name = String(decoding: bytes[start..<index], as: UTF8.self)
        switch name {
        case "None": return PythonValue.none
        case "True": return .truth(true)
        case "False": return .truth(false)
        case "r", "R", "u", "U":
            guard let quote = peek(), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
            index = start
            return text()
        default: return nil
        }
    }

    private mutating func number(isNegative: Bool) -> PythonValue? {
        let start = index
        while let byte = peek() {
            let isExponent = index > start && (bytes[index - 1] | 0x20) == UInt8(ascii: "e") && !isHexadecimal(start)
            let isSign = byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
            guard
                ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
                    || isSign && isExponent
            else { break }
            index += 1
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self).lowercased()
        // Underscores stand between two digits alone.
        guard !text.hasSuffix("_"), !text.hasPrefix("_"), !text.contains("__"), text.utf8.count < 100 else {
            return nil
        }
        let digits = text.replacing("_", with: "")
        let sign = isNegative ? "-" : ""
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.hasPrefix(prefix) {
            return Int(sign + digits.dropFirst(2), radix: radix).map(PythonValue.int)
        }
        if digits.utf8.allSatisfy(ASCII.isDigit) {
            // Python has no number but 0 that begins with one.
            guard !digits.hasPrefix("0") || digits.allSatisfy({ $0 == "0" }) else { return nil }
            return Int(sign + digits).map(PythonValue.int)
        }
        guard digits.utf8.allSatisfy({ ASCII.isDigit($0) || ".e+-".utf8.contains($0) }),
            let number = Double(sign + digits),
            number.isFinite
        else { return nil }
        return .float(number)
    }

    private func isHexadecimal(_ start: Int) -> Bool {
        bytes.count - start > 1 && bytes[start] == UInt8(ascii: "0") && bytes[start + 1] | 0x20 == UInt8(ascii: "x")
    }
}

// MARK: - Texts

extension PythonLiteralReader {
    /// Texts that stand side by side are one.
    private mutating func text() -> PythonValue? {
        var whole = ""
        var isFirst = true
        while true {
            let start = index
            var isRaw = false
            if let byte = peek(), ASCII.isLetter(byte) {
                isRaw = byte | 0x20 == UInt8(ascii: "r")
                guard isRaw || byte | 0x20 == UInt8(ascii: "u") else { return isFirst ? nil : .text(whole) }
                index += 1
            }
            guard let quote = peek(), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
                index = start
                return isFirst ? nil : .text(whole)
            }
            guard let part = string(quote, isRaw: isRaw) else { return nil }
            whole += part
            isFirst = false
            skipBlanks()
        }
    }

    private mutating func string(_ quote: UInt8, isRaw: Bool) -> String? {
        let isLong = bytes[index...].starts(with: [quote, quote, quote])
        index += isLong ? 3 : 1
        var content: [UInt8] = []
        while let byte = peek() {
            if byte == quote, !isLong || bytes[index...].starts(with: [quote, quote, quote]) {
                index += isLong ? 3 : 1
                return String(decoding: content, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\n"), !isLong { return nil }
            index += 1
            guard byte == UInt8(ascii: "\\") else {
                content.append(byte)
                continue
            }
            guard let next = peek() else { return nil }
            if isRaw {
                content += [byte, next]
                index += 1
            } else {
                guard let escaped = escape() else { return nil }
                content += escaped
            }
        }
        return nil
    }

    private mutating func escape() -> [UInt8]? {
        guard let kind = peek() else { return nil }
        index += 1
        switch kind {
        case UInt8(ascii: "\n"): return []
        case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): return [kind]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "a"): return [0x07]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "v"): return [0x0B]
        case UInt8(ascii: "x"): return scalar(digits: 2)
        case UInt8(ascii: "u"): return scalar(digits: 4)
        case UInt8(ascii: "U"): return scalar(digits: 8)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            index -= 1
            return octal()
        // A character by its name: nobody writes that in a setting.
        case UInt8(ascii: "N"): return nil
        default: return [UInt8(ascii: "\\"), kind]
        }
    }

    private mutating func scalar(digits count: Int) -> [UInt8]? {
        guard bytes.count - index >= count else { return nil }
        let digits = String(decoding: bytes[index..<index + count], as: UTF8.self)
        guard digits.utf8.count == count, digits.utf8.first != UInt8(ascii: "+"), let value = UInt32(digits, radix: 16),
            let scalar = Unicode.Scalar(value)
        else { return nil }
        index += count
        return Array(String(Character(scalar)).utf8)
    }

    private mutating func octal() -> [UInt8]? {
        var value: UInt32 = 0
        var count = 0
        while count < 3, let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte) {
            value = value * 8 + UInt32(byte - UInt8(ascii: "0"))
            index += 1
            count += 1
        }
        return Unicode.Scalar(value).map { Array(String(Character($0)).utf8) }
    }
}

// MARK: - The cursor

extension PythonLiteralReader {
    private func peek() -> UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: scalar) else { return false }
        index += 1
        return true
    }

    /// Blanks, line ends, continuations and comments: within brackets they mean nothing, and elsewhere a statement has none.
    private mutating func skipBlanks() {
        while let byte = peek() {
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D, 0x0C: index += 1
            case UInt8(ascii: "\\") where bytes.count - index > 1 && [0x0A, 0x0D].contains(bytes[index + 1]): index += 2
            case UInt8(ascii: "#"): while let next = peek(), next != 0x0A { _ = next; index += 1 }
            default: return
            }
        }
    }
}
