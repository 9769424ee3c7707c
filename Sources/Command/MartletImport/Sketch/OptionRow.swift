/// What one option of another server becomes: a row for the translation and for the reference page.
struct OptionRow<Target, Option>: Sendable {
    enum Rule: Sendable {
        case take(@Sendable (inout Target, Option) throws(NotTaken) -> Void)
        case notNeeded
        case missing
    }

    /// The usual one first.
    let names: [String]
    /// What it becomes, in the words of a configuration file; empty where there is nothing.
    let becomes: String
    let sentence: String
    let rule: Rule

    static func take(
        _ names: String...,
        becomes: String,
        _ sentence: String = "",
        _ body: @escaping @Sendable (inout Target, Option) throws(NotTaken) -> Void
    ) -> OptionRow {
        OptionRow(names: names, becomes: becomes, sentence: sentence, rule: .take(body))
    }

    static func notNeeded(_ names: String..., because sentence: String) -> OptionRow {
        OptionRow(names: names, becomes: "", sentence: sentence, rule: .notNeeded)
    }

    static func missing(_ names: String..., instead sentence: String) -> OptionRow {
        OptionRow(names: names, becomes: "", sentence: sentence, rule: .missing)
    }

    func apply(_ option: Option, to target: inout Target) throws(NotTaken) {
        switch rule {
        case .take(let body): try body(&target, option)
        case .notNeeded: throw .needless(sentence)
        case .missing: throw .not(sentence)
        }
    }
}

/// Why an option is not in the new file, or not as it was.
struct NotTaken: Error {
    let kind: ImportNote.Kind
    let reason: String

    static func not(_ reason: String) -> NotTaken { NotTaken(kind: .notTranslated, reason: reason) }
    static func needless(_ reason: String) -> NotTaken { NotTaken(kind: .notNeeded, reason: reason) }
    /// It has been taken, but not as it was.
    static func changed(_ reason: String) -> NotTaken { NotTaken(kind: .changed, reason: reason) }
}
