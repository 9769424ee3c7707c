/// The options of a section of a uWSGI file, with what their values stand for.
struct UWSGIFile {
    private(set) var options: [UWSGIOption] = []
    private(set) var notes: [ImportNote] = []
    /// Everything that is set, whatever comes of it.
    private(set) var names: Set<String> = []

    private static let deepest = 8
    private let source: String
    private let text: INIText
    /// The names of keys that other values are made of, and mean nothing by themselves.
    private let references: Set<String>
    private var guesses = 0

    /// - Parameter source: how the file is called in comments.
    init(_ text: String, section: String, place: PathPlace, source: String) throws(ImportError) {
        self.source = source
        let ini = try INIText(text)
        self.text = ini
        references = Self.references(in: ini)
        guard self.text.section(section) != nil else {
            let others = self.text.sections.map { "[\($0.name)]" }.joined(separator: ", ")
            throw ImportError(
                others.isEmpty
                    ? "\(source) has no section [\(section)]; there is nothing in it that uWSGI would read."
                    : "\(source) has no section [\(section)]; it has \(others). Name one: \(source):NAME"
            )
        }
        var lines: [INIText.Line] = []
        try gather(section, into: &lines, within: [])
        var variables = UWSGIVariables(place: place, section: "\(source):\(section)")
        for line in lines { Self.note(line, &variables) }
        for line in lines { add(line, variables) }
    }

    /// A section that takes another one in, and with which line.
    private struct Taking {
        let section: String
        let line: Int
    }

    /// The lines of a section and of those that it takes in, without blocks that count under a condition.
    ///
    /// - Parameter outer: those that it is taken in by, the outermost first.
    /// - Throws: ``ImportError`` where it takes itself in, if only by way of others: uWSGI does not come to an end there.
    private mutating func gather(
        _ name: String,
        into lines: inout [INIText.Line],
        within outer: [Taking]
    ) throws(ImportError) {
        if let first = outer.firstIndex(where: { $0.section == name }) { throw circle(Array(outer[first...])) }
        var block: INIText.Line?
        for line in text.section(name)?.lines ?? [] {
            if Self.ends.contains(line.key) {
                block = nil
            } else if line.key == "else" {
                block = block ?? line
            } else if block != nil {
                continue
            } else if line.key == "for" || line.key.hasPrefix("for-") || line.key.hasPrefix("if-") {
                block = line
                let what = line.key.hasPrefix("if-") ? "a condition" : "a loop"
                note(line, "\(what) is not followed: everything up to its end is left out; write what it comes to")
            } else if ["ini", "include", "inherit"].contains(line.key) {
                try take(line, into: &lines, within: outer, of: name)
            } else if lines.count < INIText.mostLines {
                lines.append(line)
            }
        }
    }

    private static let ends: Set<String> = ["end", "endfor", "endif", "end-for", "end-if"]

    /// `ini = :name` takes another section of this file in.
    private mutating func take(
        _ line: INIText.Line,
        into lines: inout [INIText.Line],
        within outer: [Taking],
        of section: String
    ) throws(ImportError) {
        guard line.value.hasPrefix(":") else {
            return note(line, "another file is not read; translate it by itself, and put the two together")
        }
        let name = String(line.value.dropFirst())
        guard text.section(name) != nil else { return note(line, "there is no section [\(name)] in this file") }
        guard outer.count < Self.deepest else {
            return note(line, "it is the \(Self.deepest + 1)th section within another one, which nobody follows")
        }
        try gather(name, into: &lines, within: outer + [Taking(section: section, line: line.number)])
    }

    private func circle(_ sections: [Taking]) -> ImportError {
        guard let first = sections.first, sections.count > 1 else {
            let (name, line) = (sections.first?.section ?? "", sections.first?.line ?? 0)
            return ImportError("[\(name)] of \(source) takes itself in (line \(line)); take that line out.")
        }
        let next = sections.dropFirst().map(\.section) + [first.section]
        let steps = zip(sections, next).map { "[\($0.section)] takes [\($1)] in (line \($0.line))" }
            .joined(separator: ", ")
        return ImportError("the sections of \(source) go round in circles: \(steps); take one of these lines out.")
    }

    private mutating func note(_ line: INIText.Line, _ reason: String) {
        notes.append(ImportNote(.notTranslated, line: line.number, "\(line.key) = \(line.value)", reason))
    }

    /// `set = name=value` is a key by another way.
    private static func note(_ line: INIText.Line, _ variables: inout UWSGIVariables) {
        variables.note(line.key, line.value)
        guard placeholders.contains(line.key), let equals = line.value.firstIndex(of: "=") else { return }
        variables.note(String(line.value[..<equals]), String(line.value[line.value.index(after: equals)...]))
    }

    private static let placeholders: Set<String> = ["set", "set-placeholder", "set-ph"]

    private mutating func add(_ line: INIText.Line, _ variables: UWSGIVariables) {
        guard !Self.placeholders.contains(line.key) else { return }
        names.insert(line.key)
        // Nothing is taken of what is not known, so its value need not be.
        guard let row = UWSGIOptions.row(of: line.key) else {
            if references.contains(line.key) { return }
            return note(line, "martlet import does not know this option\(guess(line.key))")
        }
        do throws(UWSGIVariables.Unknown) {
            var value = line.value
            if case .take = row.rule { value = try variables.expand(value) }
            let option = UWSGIOption(
                line: line.number,
                name: line.key,
                value: value,
                text: line.value.isEmpty ? line.key : "\(line.key) = \(line.value)",
                origin: "\(source):\(line.number) \(line.key)"
            )
            options.append(option)
        } catch {
            note(line, error.reason)
        }
    }
}

// MARK: - Names

extension UWSGIFile {
    private static let mostGuesses = 50

    /// To look for a near name takes a while: a file that is none of uWSGI's gets no more than some.
    private mutating func guess(_ key: String) -> String {
        guesses += 1
        guard guesses <= Self.mostGuesses, let near = UWSGIOptions.nearest(to: key) else { return "" }
        return "; did you mean '\(near)'?"
    }

    private static func references(in text: INIText) -> Set<String> {
        var names: Set<String> = []
        for line in text.sections.flatMap(\.lines) {
            for part in line.value.split(separator: "%", omittingEmptySubsequences: false).dropFirst()
            where part.first == "(" {
                names.insert(String(part.dropFirst().prefix { $0 != ")" }))
            }
        }
        return names
    }
}
