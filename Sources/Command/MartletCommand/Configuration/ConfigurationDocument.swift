import MartletBytes
import TOMLKit

/// A TOML file while it is read: its tables, where everything stands, and what was found wrong so far.
final class ConfigurationDocument {
    let text: ConfigurationText
    let places: KeyPlaces
    /// What its paths are relative to.
    let folder: String
    private(set) var problems: [ConfigurationProblem] = []
    /// Of values that take something from elsewhere: from where.
    private(set) var sources: [[String]: [Interpolation.Source]] = [:]
    private let root: TOMLTable

    /// - Throws: ``ConfigurationError`` for a text that is not TOML.
    init(_ text: ConfigurationText, folder: String) throws(ConfigurationError) {
        self.text = text
        self.folder = folder
        places = KeyPlaces(of: text.text)
        // The parser takes a text of C, which would end there.
        if let nul = Self.nul(in: text) { throw ConfigurationError([nul], in: text) }
        if let unreadable = places.unreadable { throw ConfigurationError([unreadable], in: text) }
        do {
            root = try TOMLTable(string: text.text)
        } catch let error as TOMLParseError {
            throw ConfigurationError([Self.problem(error, places, text)], in: text)
        } catch {
            throw ConfigurationError(description: "\(text.name): \(error)\n")
        }
    }

    func add(_ place: TextPlace, _ message: String) {
        problems.append(ConfigurationProblem(place: place, message: message))
    }

    func note(_ sources: [Interpolation.Source], at path: [String]) { self.sources[path] = sources }

    /// The table at a path; nil where there is none.
    func table(_ path: [String]) -> ConfigurationTable? {
        var table = root
        for key in path {
            guard let next = table[key]?.table else { return nil }
            table = next
        }
        return ConfigurationTable(table, path: path, in: self)
    }

    func throwProblems() throws(ConfigurationError) {
        if !problems.isEmpty { throw ConfigurationError(problems, in: text) }
    }

    private static func problem(
        _ error: TOMLParseError,
        _ places: KeyPlaces,
        _ text: ConfigurationText
    ) -> ConfigurationProblem {
        let place = TextPlace(line: error.source.begin.line, column: error.source.begin.column)
        let twice = places.repetitions.first { $0.second.line == place.line }
        if let twice, error.description.contains("redefine") {
            return ConfigurationProblem(
                place: twice.second,
                message: "\(twice.path.dotted) is there twice; the other one is in line \(twice.first.line)"
            )
        }
        // Several values may be in one line: the last one that begins before what is wrong.
        let before = places.values.values.filter { $0.line == place.line && $0.column <= place.column }
        if let value = before.max(), isBareText(text.excerpt(value)) {
            return ConfigurationProblem(place: value, message: "this is not TOML: a text stands in quotes")
        }
        let reason = error.description.prefix(1).lowercased() + error.description.dropFirst()
        return ConfigurationProblem(place: place, message: "this is not TOML: \(reason)")
    }

    /// Whether a value looks like a text without its quotes: an address, a path, a name.
    private static func isBareText(_ value: String) -> Bool {
        guard let first = value.first, !"\"'[{".contains(first), value != "true", value != "false" else { return false }
        return value.contains { $0.isLetter || $0 == ":" || $0 == "/" }
    }

    private static func nul(in text: ConfigurationText) -> ConfigurationProblem? {
        for (index, line) in text.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
        {
            for form in ["\0", "\\u0000", "\\U00000000"] {
                guard let range = line.firstRange(of: form) else { continue }
                let column = line[..<range.lowerBound].unicodeScalars.count + 1
                let place = TextPlace(line: index + 1, column: column, width: form.unicodeScalars.count)
                return ConfigurationProblem(place: place, message: "a NUL character can stand in no setting")
            }
        }
        return nil
    }
}

extension [String] {
    /// The path of a key as it is written in TOML: `route."/shop".workers`.
    var dotted: String {
        map { part in
            let isBare = part.utf8.allSatisfy { byte in
                ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
            return isBare && !part.isEmpty ? part : "\"\(part)\""
        }
        .joined(separator: ".")
    }
}
