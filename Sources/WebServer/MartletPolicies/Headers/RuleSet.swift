import MartletBytes
import MartletGateway

/// Rules made ready: applied in one look at the fields, and no rule sees what another has added.
struct RuleSet: Sendable {
    /// Of each name that is set or removed; in lower case.
    private var removed: [[UInt8]] = []
    private var added: [(name: String, value: String)] = []
    private var defaults: [(lowercased: [UInt8], line: Headers, field: (name: String, value: String))] = []
    private let addedLines: Headers

    var isEmpty: Bool { removed.isEmpty && added.isEmpty && defaults.isEmpty }

    init(_ rules: [HeaderRule]) {
        for rule in rules {
            let lowercased = Array(rule.name.lowercased().utf8)
            switch rule.action {
            case .set(let value):
                removed.append(lowercased)
                added.removeAll { ASCIICase.equals($0.name.utf8, lowercased) }
                defaults.removeAll { $0.lowercased == lowercased }
                added.append((rule.name, value))
            case .add(let value):
                added.append((rule.name, value))
            case .default(let value):
                defaults.removeAll { $0.lowercased == lowercased }
                // A line that is added anyway leaves nothing to default.
                guard !added.contains(where: { ASCIICase.equals($0.name.utf8, lowercased) }) else { continue }
                defaults.append((lowercased, Self.lines([(rule.name, value)]), (rule.name, value)))
            case .remove:
                removed.append(lowercased)
                added.removeAll { ASCIICase.equals($0.name.utf8, lowercased) }
                defaults.removeAll { $0.lowercased == lowercased }
            }
        }
        addedLines = Self.lines(added)
    }

    private static func lines(_ fields: [(name: String, value: String)]) -> Headers {
        fields.reduce(into: Headers()) { $0.append($1.name, $1.value) }
    }

    func apply(to headers: inout Headers) {
        guard !isEmpty else { return }
        var present: [Bool] = []
        if !defaults.isEmpty {
            let lines = headers.lines
            present = defaults.map { wanted in lines.contains { ASCIICase.equals($0.name, wanted.lowercased) } }
        }
        if !removed.isEmpty {
            headers.remove { name in removed.contains { ASCIICase.equals(name, $0) } }
        }
        headers.append(addedLines)
        for (index, rule) in defaults.enumerated() where !present[index] { headers.append(rule.line) }
    }

    /// A head with the rules applied; nil if it would become too large.
    ///
    /// A field that is removed or set goes with everything that looks like it to an application, where an underscore is a
    /// hyphen.
    func apply(to head: RequestHead) -> RequestHead? {
        let missing = defaults.filter { wanted in
            !head.fields.contains { VariableName.equals(head.slice($0.name), wanted.lowercased) }
        }
        return head.copy(
            without: { name in removed.contains { VariableName.equals(name, $0) } },
            adding: added + missing.map(\.field)
        )
    }
}
