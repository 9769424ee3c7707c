import Logging
import MartletBytes

/// One record of the log, as text.
///
/// A record begins with its time at the start of a line. What comes from outside cannot forge one: further lines of a
/// message are indented, and control characters are shown as escapes. Details, such as a traceback, stand below it as they are.
struct LogRecord {
    let time: String
    let level: Logger.Level
    let message: String
    let metadata: Logger.Metadata

    func render(_ style: Style) -> String {
        var text = "\(style.faint(time)) \(paint(level.rawValue.padded(to: 8), style)) \(Self.visible(message))"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where key != LogDetails.key {
            text += style.faint(" \(Self.visible(key))=") + Self.quoted(value.description)
        }
        guard let details = metadata[LogDetails.key]?.description, !details.isEmpty else { return text + "\n" }
        return text + "\n" + details + (details.hasSuffix("\n") ? "" : "\n")
    }

    private func paint(_ text: String, _ style: Style) -> String {
        switch level {
        case .critical, .error: style.red(text)
        case .warning: style.yellow(text)
        case .notice, .info: text
        case .debug, .trace: style.faint(text)
        }
    }

    private static func visible(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\n    "
            case "\t": result.unicodeScalars.append(scalar)
            case _ where isControl(scalar): result += "\\x" + Hex.text(scalar.value)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// C0 and C1 controls, and the separators that some readers of logs take for a line's end.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
    }

    private static func quoted(_ text: String) -> String {
        let needsQuotes = text.isEmpty || text.unicodeScalars.contains { $0 == " " || $0 == "\"" || isControl($0) }
        guard needsQuotes else { return text }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\" + String(scalar)
            case "\n": result += "\\n"
            case _ where isControl(scalar): result += "\\x" + Hex.text(scalar.value)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
