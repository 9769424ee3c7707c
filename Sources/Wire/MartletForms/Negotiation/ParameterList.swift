internal import MartletBytes

/// The parameters behind a media type or a disposition: `; name=value; name="value"` (RFC 9110 section 5.6.6).
///
/// Values without quotes are read up to the next semicolon, for clients send `boundary=a/b` and `filename=a b.txt`.
struct ParameterList {
    struct Parameter: Equatable {
        /// In lower case.
        let name: String
        let value: [UInt8]
        /// Whether its quote was closed, or it has none.
        let isWhole: Bool
    }

    private(set) var parameters: [Parameter] = []

    /// - Parameters:
    ///   - text: what is behind the first semicolon.
    ///   - escapes: which characters a backslash in quotes is an escape before.
    init(_ text: some Collection<UInt8>, escapes: Escapes) {
        var reader = Reader(rest: Array(text)[...])
        while !reader.rest.isEmpty {
            if let parameter = reader.parameter(escapes) { parameters.append(parameter) }
        }
    }

    enum Escapes {
        /// Every character (RFC 9110 section 5.6.4).
        case all
        /// `"` and `\` only, and none that would leave the text without its closing quote: browsers do not escape the
        /// backslash in the names of files, `C:\new` and `a\` for example.
        case form
    }

    func value(_ name: String) -> [UInt8]? { parameters.first { $0.name == name }?.value }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        /// The next parameter, and what is behind its semicolon; nil for what is none.
        mutating func parameter(_ escapes: Escapes) -> Parameter? {
            let end = rest.firstIndex { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: "=") } ?? rest.endIndex
            let name = FieldSyntax.trimmed(rest[..<end])
            guard end < rest.endIndex, rest[end] == UInt8(ascii: "=") else {
                rest = rest[end...].dropFirst()
                return nil
            }
            rest = rest[(end + 1)...].drop(while: ASCII.isBlank)
            let (value, isWhole) = rest.first == UInt8(ascii: "\"") ? quoted(escapes) : (bare(), true)
            // What stands between a closing quote and the semicolon belongs to nothing.
            let semicolon = rest.firstIndex(of: UInt8(ascii: ";")) ?? rest.endIndex
            let isAlone = rest[..<semicolon].allSatisfy(ASCII.isBlank)
            rest = rest[semicolon...].dropFirst()
            guard !name.isEmpty, name.allSatisfy(FieldSyntax.isToken) else { return nil }
            let lowercased = String(decoding: name.map(ASCIICase.lowercased), as: UTF8.self)
            return Parameter(name: lowercased, value: value, isWhole: isWhole && isAlone)
        }

        private mutating func bare() -> [UInt8] {
            let end = rest.firstIndex(of: UInt8(ascii: ";")) ?? rest.endIndex
            defer { rest = rest[end...] }
            return Array(FieldSyntax.trimmed(rest[..<end]))
        }

        private mutating func quoted(_ escapes: Escapes) -> ([UInt8], Bool) {
            var value: [UInt8] = []
            var place = rest.startIndex + 1
            while place < rest.endIndex {
                let byte = rest[place]
                if byte == UInt8(ascii: "\"") {
                    rest = rest[(place + 1)...]
                    return (value, true)
                }
                if byte == UInt8(ascii: "\\"), place + 1 < rest.endIndex, isEscape(at: place, escapes) { place += 1 }
                value.append(rest[place])
                place += 1
            }
            rest = rest[rest.endIndex...]
            return (value, false)
        }

        private func isEscape(at place: Int, _ escapes: Escapes) -> Bool {
            guard escapes == .form else { return true }
            switch rest[place + 1] {
            case UInt8(ascii: "\\"): return true
            case UInt8(ascii: "\""): return place + 2 < rest.endIndex
            default: return false
            }
        }
    }
}
