/// Where two long texts begin to differ, for who has to find it.
struct TextDifference: CustomStringConvertible {
    let description: String

    /// What can be seen at a glance needs no help.
    private static let glance = 60

    /// Nil for short texts.
    init?(_ expected: String, _ given: String) {
        guard max(expected.count, given.count) > Self.glance else { return nil }
        let place = zip(expected, given).prefix { $0 == $1 }.count
        let start = max(0, place - 20)
        func excerpt(_ text: String) -> String { String(text.dropFirst(start).prefix(Self.glance)).debugDescription }
        let line = expected.prefix(place).count { $0.isNewline } + 1
        description = "which differs from line \(line) on: \(excerpt(expected)) against \(excerpt(given))"
    }
}
