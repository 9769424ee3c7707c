import MartletBytes

/// Where the keys and values of a TOML text stand: the parser that reads the values does not tell.
///
/// It follows the grammar of TOML 1.0 as far as places need it: headers, keys, and where values begin and end. It judges nothing but
/// what would end that parser, and the process with it: ``unreadable``.
/// What it cannot follow it skips, so a text that is not TOML gives fewer places, never a fault.
struct KeyPlaces: Sendable {
    /// A table or key that is there a second time.
    struct Repetition: Sendable {
        let path: [String]
        let first: TextPlace
        let second: TextPlace
    }

    /// The place of each key, by its whole path; that of a table is its header. Elements of arrays have their number as key.
    private(set) var keys: [[String]: TextPlace] = [:]
    private(set) var values: [[String]: TextPlace] = [:]
    private(set) var repetitions: [Repetition] = []
    /// What an assertion of the parser would end the process at: it must not be given the text.
    private(set) var unreadable: ConfigurationProblem?

    /// Deeper is skipped; the parser refuses it, too.
    private static let deepest = 256

    private let bytes: [UInt8]
    private var index = 0
    private var line = 1
    private var lineStart = 0

    init(of text: String) {
        bytes = Array(text.utf8)
        scan()
    }

    /// The place of a value; of its key or of what it is in where that is all there is.
    func place(of path: [String]) -> TextPlace {
        values[path] ?? key(path)
    }

    /// The place of a table; of the first that is in it where it has no header of its own.
    func table(_ path: [String]) -> TextPlace {
        keys[path] ?? keys.lazy.filter { $0.key.starts(with: path) }.map(\.value).min() ?? key(path)
    }

    /// The place of a key; of the table that it is in where it is not there.
    func key(_ path: [String]) -> TextPlace {
        var path = path
        while !path.isEmpty {
            if let place = keys[path] { return place }
            path.removeLast()
        }
        return .start
    }
}

// MARK: - Lines

extension KeyPlaces {
    private mutating func scan() {
        var table: [String] = []
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): advance()
            case UInt8(ascii: "#"): skipLine()
            case UInt8(ascii: "["):
                let start = index
                advance()
                let isArray = peek() == UInt8(ascii: "[")
                if isArray { advance() }
                skipBlanks()
                if !beginsName {
                    refuse(from: start, "the name of a table begins with a to z, a digit, - or _, or is in quotes")
                }
                table = readKey()
                skipBlanks()
                while peek() == UInt8(ascii: "]") { advance() }
                let header = place(from: start)
                if !isArray, let former = keys[table] {
                    repetitions.append(Repetition(path: table, first: former, second: header))
                } else {
                    keys[table] = header
                }
                skipLine()
            default:
                readPair(in: table, depth: 0)
                skipLine()
            }
        }
    }

    /// `key = value`
    private mutating func readPair(in table: [String], depth: Int) {
        let start = index
        let path = table + readKey()
        // Nothing to hold on to: the caller's line is skipped.
        guard index > start else { return advance() }
        let key = place(from: start)
        if let former = keys[path], path != table {
            repetitions.append(Repetition(path: path, first: former, second: key))
        } else {
            keys[path] = key
        }
        skipBlanks()
        guard peek() == UInt8(ascii: "=") else { return }
        advance()
        skipBlanks()
        readValue(path, depth: depth)
    }
}

// MARK: - Keys

extension KeyPlaces {
    /// A dotted key; its end is where the cursor stays.
    private mutating func readKey() -> [String] {
        var parts: [String] = []
        while true {
            skipBlanks()
            guard let part = readPart() else { return parts }
            parts.append(part)
            let end = index
            let endLine = (line, lineStart)
            skipBlanks()
            guard peek() == UInt8(ascii: ".") else {
                index = end
                (line, lineStart) = endLine
                return parts
            }
            advance()
        }
    }

    private mutating func readPart() -> String? {
        switch peek() {
        case UInt8(ascii: "\"")?: return readString(UInt8(ascii: "\""))
        case UInt8(ascii: "'")?: return readString(UInt8(ascii: "'"))
        default:
            let start = index
            while let byte = peek(), isBare(byte) { advance() }
            return index > start ? String(decoding: bytes[start..<index], as: UTF8.self) : nil
        }
    }

    private func isBare(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: byte >= 0x80
        }
    }

    /// A string of one line, decoded.
    private mutating func readString(_ quote: UInt8) -> String {
        var content: [UInt8] = []
        advance()
        while let byte = peek(), byte != quote, byte != UInt8(ascii: "\n") {
            advance()
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                content += readEscape()
            } else {
                content.append(byte)
            }
        }
        if peek() == quote { advance() }
        return String(decoding: content, as: UTF8.self)
    }

    private mutating func readEscape() -> [UInt8] {
        guard let kind = peek(), kind != UInt8(ascii: "\n") else { return [] }
        advance()
        switch kind {
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let count = kind == UInt8(ascii: "u") ? 4 : 8
            let digits = String(decoding: bytes[index..<min(bytes.count, index + count)], as: UTF8.self)
            guard let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) else { return [] }
            for _ in 0..<count { advance() }
            return Array(String(Character(scalar)).utf8)
        default: return [kind]
        }
    }
}

// MARK: - Values

extension KeyPlaces {
    private mutating func readValue(_ path: [String], depth: Int) {
        let start = index
        // A value can go over several lines; its place is where it begins.
        let begin = place(from: start)
        switch peek() {
        case UInt8(ascii: "\"")?: skipText(UInt8(ascii: "\""))
        case UInt8(ascii: "'")?: skipText(UInt8(ascii: "'"))
        case UInt8(ascii: "[")?: readArray(path, depth: depth + 1)
        case UInt8(ascii: "{")?: readInlineTable(path, depth: depth + 1)
        default:
            skipWord()
            if isDateWithHalfAnHour(from: start) { refuse(from: start, "the hour behind a date has two digits") }
        }
        values[path] = begin.line == line ? place(from: start) : begin
    }

    private mutating func readArray(_ path: [String], depth: Int) {
        advance()
        guard depth < Self.deepest else { return }
        var number = 0
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "]"): return advance()
            case UInt8(ascii: "#"): skipLine()
            case UInt8(ascii: ","), UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                advance()
            default:
                let start = index
                if beginsNoValue { refuse(from: start, "this begins no value, and does not end the array either") }
                readValue(path + [String(number)], depth: depth)
                number += 1
                if index == start { advance() }
            }
        }
    }

    private mutating func readInlineTable(_ path: [String], depth: Int) {
        advance()
        guard depth < Self.deepest else { return }
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "}"): return advance()
            case UInt8(ascii: "\n"): return
            case UInt8(ascii: ","), UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): advance()
            default:
                let start = index
                readPair(in: path, depth: depth)
                if index == start { advance() }
            }
        }
    }

    /// A number, a date, `true` or `false`.
    private mutating func skipWord() {
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: "#"), UInt8(ascii: "\n"),
                UInt8(ascii: "\r"), UInt8(ascii: " "), UInt8(ascii: "\t"):
                return
            default: advance()
            }
        }
    }

    /// A string of one line or, between three quotes, of many.
    private mutating func skipText(_ quote: UInt8) {
        guard bytes[index...].starts(with: [quote, quote, quote]) else {
            _ = readString(quote)
            return
        }
        for _ in 0..<3 { advance() }
        while let byte = peek() {
            if bytes[index...].starts(with: [quote, quote, quote]) {
                // Up to two more quotes belong to the text.
                while peek() == quote { advance() }
                return
            }
            advance()
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") { advance() }
        }
    }
}

// MARK: - What the parser cannot be given

extension KeyPlaces {
    private mutating func refuse(from start: Int, _ reason: String) {
        guard unreadable == nil else { return }
        unreadable = ConfigurationProblem(place: place(from: start), message: "this is not TOML: \(reason)")
    }

    /// Whether a name of TOML 1.0 begins here. Others are followed too: their place is wanted.
    private var beginsName: Bool {
        guard let byte = peek() else { return true }
        return byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || (byte < 0x80 && isBare(byte))
    }

    /// A brace, or one of Unicode's line ends (NEL, LS, PS), where an element of an array should begin.
    private var beginsNoValue: Bool {
        [[UInt8(ascii: "}")], [0xC2, 0x85], [0xE2, 0x80, 0xA8], [0xE2, 0x80, 0xA9]].contains(
            where: bytes[index...].starts
        )
    }

    /// `2026-11-29 1`, or what counts as a date for the parser: it has a digit and a hyphen. No two values stand side by side.
    private func isDateWithHalfAnHour(from start: Int) -> Bool {
        guard start < index, ASCII.isDigit(bytes[start]), bytes[start..<index].contains(UInt8(ascii: "-")),
            bytes.count - index > 1, bytes[index] == UInt8(ascii: " "), ASCII.isDigit(bytes[index + 1])
        else { return false }
        return index + 2 == bytes.count || !ASCII.isDigit(bytes[index + 2])
    }
}

// MARK: - The cursor

extension KeyPlaces {
    private func peek() -> UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func advance() {
        guard index < bytes.count else { return }
        if bytes[index] == UInt8(ascii: "\n") {
            line += 1
            lineStart = index + 1
        }
        index += 1
    }

    private mutating func skipBlanks() {
        while let byte = peek(), byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { advance() }
    }

    private mutating func skipLine() {
        while let byte = peek(), byte != UInt8(ascii: "\n") { advance() }
    }

    /// From a place of this line to the cursor.
    private func place(from start: Int) -> TextPlace {
        TextPlace(line: line, column: scalars(lineStart, start) + 1, width: max(1, scalars(start, index)))
    }

    private func scalars(_ start: Int, _ end: Int) -> Int {
        guard start < end else { return 0 }
        return bytes[start..<end].reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    }
}
