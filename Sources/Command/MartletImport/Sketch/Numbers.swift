/// Numbers of other servers in Martlet's words. What takes something from elsewhere stays a text, which Martlet reads when it is there.
enum ImportedNumber {
    /// - Throws: where it is no number within the range.
    static func count(_ text: String, _ range: ClosedRange<Int>) throws(NotTaken) -> SketchValue {
        if isFromElsewhere(text) { return .text(text) }
        return .number(try number(text, range))
    }

    /// A number of seconds as a duration.
    static func seconds(_ text: String) throws(NotTaken) -> SketchValue {
        if isFromElsewhere(text) { return .text("\(text)s") }
        return .text("\(try number(text, 1...31_536_000))s")
    }

    static func bytes(_ text: String, times unit: Int = 1) throws(NotTaken) -> SketchValue {
        if isFromElsewhere(text) { return .text(text + (unit == 1 << 20 ? "MB" : "B")) }
        let (bytes, overflow) = try number(text, 1...1 << 40).multipliedReportingOverflow(by: unit)
        guard !overflow, bytes <= 1 << 40 else { throw .not("\(text) is too large") }
        for (name, factor) in [("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)] where bytes % factor == 0 {
            return .text("\(bytes / factor)\(name)")
        }
        return .text("\(bytes)B")
    }

    static func number(_ text: String, _ range: ClosedRange<Int>) throws(NotTaken) -> Int {
        guard let number = Int(text) else { throw .not("'\(text)' is not a whole number") }
        guard range.contains(number) else {
            throw .not("\(number) is outside of \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    static func isFromElsewhere(_ text: String) -> Bool { text.replacing("$${", with: "").contains("${") }
}
