import MartletBytes
import MartletServer
import MartletSettings

/// The settings of a redirect, a row for each.
extension RedirectConfiguration: Configurable {
    static let defaults = RedirectConfiguration()

    static let settings: [Setting<RedirectConfiguration>] = [
        Setting(
            "redirect",
            \.location,
            .text(
                "location",
                accepts: "a path of the same site, or a URL",
                read: { try location($0) },
                write: { $0 }
            ),
            "Where it is: what follows the route in the path is added, and the query",
            details: """
                `redirect = "/new/"` of the route `/old/` sends `/old/a?b=c` to `/new/a?b=c`. A location that has a query of its own is \
                taken as it is.
                """,
            precedent: "nginx return 308, Caddy redir",
            defaultText: "none"
        ),
        Setting(
            "status",
            \.status,
            .number(
                statuses,
                "the statuses of a redirect are 301, 302, 303, 307 and 308; 308 is for ever and keeps the method, 302 is for now"
            ),
            "The status of the answer",
            precedent: "Caddy redir 302, Apache Redirect 302"
        ),
        Setting(
            "keep-path",
            \.keepsPath,
            .onOff,
            "Whether the rest of the path and the query are kept",
            precedent: "Apache Redirect keeps them"
        ),
    ]

    private static func location(_ text: String) throws(SettingError) -> String {
        guard text.hasPrefix("/") || text.hasPrefix("http://") || text.hasPrefix("https://") else {
            throw SettingError(
                description:
                    "'\(text)' is neither a path, which begins with a slash, nor a URL with http:// or https://"
            )
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw SettingError(description: "what is no visible character of ASCII stands percent-encoded in it")
        }
        return text
    }
}
