import MartletBytes

/// One of the five fields of a schedule.
struct ScheduleField: Sendable {
    let name: String
    let range: ClosedRange<Int>
    var names: [String: Int] = [:]

    static let minute = ScheduleField(name: "minute", range: 0...59)
    static let hour = ScheduleField(name: "hour", range: 0...23)
    static let day = ScheduleField(name: "day", range: 1...31)
    static let month = ScheduleField(
        name: "month",
        range: 1...12,
        names: [
            "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10,
            "nov": 11,
            "dec": 12,
        ]
    )
    static let weekday = ScheduleField(
        name: "weekday",
        range: 0...7,
        names: ["sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6]
    )

    /// What a field names: `*/5`, `1,3-5`, `mon-fri`.
    func values(_ text: Substring) throws(ScheduleError) -> Set<Int> {
        var values: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            values.formUnion(try self.values(ofPart: part))
        }
        return values
    }

    private func values(ofPart part: Substring) throws(ScheduleError) -> Set<Int> {
        let halves = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let bounds = try range(halves.first ?? "")
        guard halves.count > 1 else { return Set(bounds) }
        guard let step = Self.number(halves[1]), (1...range.upperBound).contains(step) else {
            throw ScheduleError("\(name): the step '\(halves[1])' is not from 1 to \(range.upperBound)")
        }
        guard halves[0] == "*" || halves[0].contains("-") else {
            throw ScheduleError("\(name): a step needs a range, as in \(halves[0])-\(range.upperBound)/\(step)")
        }
        return Set(stride(from: bounds.lowerBound, through: bounds.upperBound, by: step))
    }

    private func range(_ text: Substring) throws(ScheduleError) -> ClosedRange<Int> {
        // 7 is Sunday again.
        if text == "*" { return range.lowerBound...(self.names["sun"] == nil ? range.upperBound : 6) }
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let first = try value(ends.first ?? "")
        guard ends.count > 1 else { return first...first }
        let last = try value(ends[1])
        guard first <= last else {
            throw ScheduleError("\(name): '\(text)' ends before it begins; write it as a list")
        }
        return first...last
    }

    private func value(_ text: Substring) throws(ScheduleError) -> Int {
        if let value = names[text.lowercased()] { return value }
        if let number = Self.number(text), range.contains(number) { return number }
        let near =
            NearMatch.closest(to: text.lowercased(), among: names.keys.sorted()).map { "; did you mean '\($0)'?" } ?? ""
        throw ScheduleError("\(name): '\(text)' is not from \(range.lowerBound) to \(range.upperBound)\(near)")
    }

    private static func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy(ASCII.isDigit) && text.utf8.count <= 3 ? Int(text) : nil
    }
}
