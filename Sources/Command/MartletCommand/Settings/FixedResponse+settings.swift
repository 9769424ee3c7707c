import MartletBytes
import MartletServer
import MartletSettings

/// The settings of an answer that is always the same, a row for each.
extension FixedResponse: Configurable {
    static let defaults = FixedResponse()

    static let settings: [Setting<FixedResponse>] = [
        Setting(
            "respond",
            \.text,
            .text("text", accepts: "a text", read: { $0 }, write: { $0 }),
            "The text of the answer",
            precedent: "Caddy respond, nginx return 200",
            defaultText: "none"
        ),
        Setting(
            "status",
            \.status,
            .count(200...599),
            "The status of the answer",
            precedent: "Caddy respond 200"
        ),
        Setting(
            "type",
            \.contentType,
            .text("type", accepts: "a media type", read: { try mediaType($0) }, write: { $0 }),
            "The media type of the answer",
            precedent: "nginx default_type text/plain"
        ),
    ]

    private static func mediaType(_ text: String) throws(SettingError) -> String {
        let parts = text.prefix { $0 != ";" }.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(FieldSyntax.isToken) }),
            text.utf8.allSatisfy(FieldSyntax.isValue)
        else { throw SettingError(description: "'\(text)' is no media type, such as text/html; charset=utf-8") }
        return text
    }
}
