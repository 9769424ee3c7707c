import FoundationEssentials

/// What all checks say.
struct DoctorReport {
    private let rows: [(check: String, verdict: Verdict)]

    init(_ facts: MachineFacts, checks: [DoctorCheck] = DoctorCheck.all) {
        rows = checks.flatMap { check in check.judge(facts).map { (check.name, $0) } }
    }

    private func count(_ state: Verdict.State) -> Int { rows.count { $0.verdict.state == state } }

    var hasFault: Bool { count(.fault) > 0 }

    /// A line for each, and below it what to do.
    func text(_ style: Style) -> String {
        let width = (rows.map(\.check.count).max() ?? 0) + 2
        var lines: [String] = []
        for (check, verdict) in rows {
            lines.append(Self.word(verdict.state, style) + check.padded(to: width) + VisibleText.line(verdict.found))
            if !verdict.advice.isEmpty {
                lines.append(String(repeating: " ", count: 7 + width) + VisibleText.line(verdict.advice))
            }
        }
        return (lines + ["", summary]).joined(separator: "\n") + "\n"
    }

    private var summary: String {
        func words(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
        let faults = count(.fault)
        let hints = count(.hint)
        guard faults + hints > 0 else { return "Nothing is wrong." }
        return "\(words(faults, "fault")), \(words(hints, "hint"))."
    }

    private static func word(_ state: Verdict.State, _ style: Style) -> String {
        let word = state.rawValue.padded(to: 7)
        return switch state {
        case .ok: style.faint(word)
        case .hint: style.yellow(word)
        case .fault: style.red(word)
        }
    }

    // MARK: - JSON

    private struct Document: Encodable {
        struct Row: Encodable {
            let check: String
            let state: Verdict.State
            let found: String
            let advice: String
        }

        let checks: [Row]
        let faults: Int
        let hints: Int
    }

    func json() throws -> String {
        let checks = rows.map {
            Document.Row(check: $0.check, state: $0.verdict.state, found: $0.verdict.found, advice: $0.verdict.advice)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let document = Document(checks: checks, faults: count(.fault), hints: count(.hint))
        return String(decoding: try encoder.encode(document), as: UTF8.self)
    }
}
