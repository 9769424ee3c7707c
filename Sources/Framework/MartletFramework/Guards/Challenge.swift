/// The text of a `WWW-Authenticate` field: a scheme with parameters (RFC 9110 section 11.3).
enum Challenge {
    /// A parameter's value is quoted. What a quoted text in a field cannot have becomes a question mark.
    static func text(_ scheme: String, _ parameters: [(name: String, value: String?)]) -> String {
        let pairs = parameters.compactMap { name, value in value.map { "\(name)=\"\(quoted($0))\"" } }
        return pairs.isEmpty ? scheme : scheme + " " + pairs.joined(separator: ", ")
    }

    private static func quoted(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": out += "\\\(scalar)"
            case " "..."~": out.unicodeScalars.append(scalar)
            default: out += "?"
            }
        }
        return out
    }
}
