import MartletBytes

/// What comes from outside, such as the name of a file, as it may be put on a terminal or into a log: what controls those is escaped.
enum VisibleText {
    /// C0 and C1 controls, and the separators that some readers of logs take for a line's end.
    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
    }

    static func hasControls(_ text: String) -> Bool { text.unicodeScalars.contains(where: isControl) }

    static func escape(_ scalar: Unicode.Scalar) -> String { "\\x" + Hex.text(scalar.value) }

    /// In one line.
    static func line(_ text: String) -> String { escaped(text, but: []) }

    /// In as many lines and columns as it has.
    static func lines(_ text: String) -> String { escaped(text, but: ["\n", "\t"]) }

    private static func escaped(_ text: String, but kept: Set<Unicode.Scalar>) -> String {
        guard hasControls(text) else { return text }
        return text.unicodeScalars.map { isControl($0) && !kept.contains($0) ? escape($0) : String($0) }.joined()
    }
}
