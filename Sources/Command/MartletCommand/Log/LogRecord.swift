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
        guard text.unicodeScalars.contains(where: VisibleText.isControl) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\n    "
            case "\t": result.unicodeScalars.append(scalar)
            case _ where VisibleText.isControl(scalar): result += VisibleText.escape(scalar)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func quoted(_ text: String) -> String {
        let needsQuotes =
            text.isEmpty || text.unicodeScalars.contains { $0 == " " || $0 == "\"" || VisibleText.isControl($0) }
        guard needsQuotes else { return text }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\" + String(scalar)
            case "\n": result += "\\n"
            case _ where VisibleText.isControl(scalar): result += VisibleText.escape(scalar)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
