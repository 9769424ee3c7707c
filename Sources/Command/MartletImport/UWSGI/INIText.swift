/// The lines of an INI file, as uWSGI reads them.
///
/// 1. Blanks and tabs around lines, keys and values do not count, and neither does a CR.
/// 2. A line that begins with `#` or `;` is a comment; one behind a value is a part of that value.
/// 3. `[name]` begins a section; the last character of such a line is dropped, whatever it is.
/// 4. Everything before the first `=` is the key, everything behind it the value, which may be empty or missing. No quotes, no
///    continuation. A key may be there several times.
struct INIText {
    struct Line: Equatable {
        let number: Int
        let key: String
        let value: String
    }

    struct Section: Equatable {
        let name: String
        var lines: [Line] = []
    }

    /// In their order; one that is there twice is one.
    private(set) var sections: [Section] = []

    /// Far more than anybody writes.
    static let mostLines = 5000

    init(_ text: String) throws(ImportError) {
        var current: Int?
        var number = 0
        // A line ends in LF alone; a CR before it is a blank.
        for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            guard number <= Self.mostLines else {
                throw ImportError("it has more than \(Self.mostLines) lines, so it is no configuration.")
            }
            let line = Self.trimmed(line)
            guard let first = line.first, first != UInt8(ascii: "#"), first != UInt8(ascii: ";") else { continue }
            if first == UInt8(ascii: "[") {
                current = begin(Self.text(line.dropFirst().dropLast()))
                continue
            }
            guard let current else { continue }
            let equals = line.firstIndex(of: UInt8(ascii: "="))
            let value = equals.map { Self.trimmed(line[line.index(after: $0)...]) }
            let key = Self.trimmed(line[..<(equals ?? line.endIndex)])
            sections[current].lines.append(
                Line(number: number, key: Self.text(key), value: value.map(Self.text) ?? "")
            )
        }
    }

    func section(_ name: String) -> Section? { sections.first { $0.name == name } }

    private mutating func begin(_ name: String) -> Int {
        if let index = sections.firstIndex(where: { $0.name == name }) { return index }
        sections.append(Section(name: name))
        return sections.count - 1
    }

    private static func text(_ line: Substring.UTF8View.SubSequence) -> String {
        String(decoding: line, as: UTF8.self)
    }

    private static func trimmed(_ line: Substring.UTF8View.SubSequence) -> Substring.UTF8View.SubSequence {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        var line = line.drop(while: isBlank)
        while let last = line.last, isBlank(last) { line.removeLast() }
        return line
    }
}
