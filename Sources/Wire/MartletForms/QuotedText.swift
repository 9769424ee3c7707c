/// What a client sent, within a sentence: in quotes, on one line, and not endless.
enum QuotedText {
    /// How many characters are shown.
    private static let longest = 60

    static func of(_ text: String) -> String {
        var shown = "\""
        var count = 0
        for scalar in text.unicodeScalars {
            guard count < longest else {
                shown += "…"
                break
            }
            switch scalar {
            case "\"", "\\": shown += "\\\(scalar)"
            case "\n": shown += "\\n"
            case "\r": shown += "\\r"
            case "\t": shown += "\\t"
            default:
                switch scalar.properties.generalCategory {
                // Controls, and what turns the direction of the text around it.
                case .control, .format, .lineSeparator, .paragraphSeparator:
                    shown += "\\u{\(String(scalar.value, radix: 16))}"
                default: shown.unicodeScalars.append(scalar)
                }
            }
            count += 1
        }
        return shown + "\""
    }
}
