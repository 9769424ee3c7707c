import MartletServer

extension SettingKind where Value == [String: String] {
    /// Variables of an environment.
    static var variables: Self {
        var kind = Self.text(
            "key=value",
            accepts: "`KEY=VALUE`; a table of texts in a file",
            read: { try variable($0) },
            write: { $0.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ") }
        )
        kind.format.inFile = .table
        return kind.repeated { $0.merging($1) { $1 } }
    }

    private static func variable(_ text: String) throws(SettingError) -> [String: String] {
        guard let sign = text.firstIndex(of: "=") else {
            throw SettingError(description: "a variable is written KEY=VALUE; nothing is set by '\(text)' alone")
        }
        guard sign != text.startIndex else {
            throw SettingError(description: "the name of a variable is empty; write KEY=VALUE")
        }
        return [String(text[..<sign]): String(text[text.index(after: sign)...])]
    }
}
