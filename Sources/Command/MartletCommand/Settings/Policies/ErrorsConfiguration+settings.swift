import MartletPolicies
import MartletServer
import MartletSettings

extension ErrorsConfiguration: PolicyConfiguration {
    static let key = "errors"
    static let path: any WritableKeyPath<PolicySettings, PolicyChoice<Self>> & Sendable = \.errors
    static let summary = "Pages in the place of bare errors, with the same status."
    static let shorthand: String? = "folder"
    static let isCompleteByDefault = true
    static let defaults = ErrorsConfiguration()

    static let settings: [Setting<ErrorsConfiguration>] = [
        Setting(
            "folder",
            \.folder,
            .optional(.path("folder", accepts: "a folder"), none: "none"),
            "A folder of pages with names such as `404.html`, `5xx.html` and `all.html`",
            details: """
                `{status}`, `{title}` and `{request}` in a page stand for the status, its name and the id of the request, which the logs \
                have too. Pages are read with each start and each reload.
                """,
            precedent: "nginx error_page",
            defaultText: "none"
        ),
        Setting(
            "pages",
            \.pages,
            .pages,
            "Pages by status: a number, `4xx`, `5xx` or `all`; the narrowest counts",
            precedent: "nginx error_page, Apache ErrorDocument",
            defaultText: "none"
        ),
        Setting(
            "json",
            \.answersJSON,
            .onOff,
            "Whether clients that ask for JSON get it: `application/problem+json` (RFC 9457)",
            precedent: "none in nginx"
        ),
        Setting(
            "replace",
            \.replacesApplications,
            .onOff,
            "Whether errors that the application answers itself are replaced too",
            precedent: "nginx proxy_intercept_errors off"
        ),
    ]
}

extension SettingKind where Value == [ErrorPages.Scope: String] {
    fileprivate static var pages: Self {
        var kind = Self.text(
            "status=file",
            accepts: "a table of texts, such as `{ 404 = \"missing.html\", 5xx = \"broken.html\" }`",
            read: { text in
                let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                let file = parts.last ?? ""
                guard !file.isEmpty else {
                    throw SettingError(description: "there is no file for \(parts.first ?? "")")
                }
                return [try ErrorPages.Scope(parsing: parts.first ?? ""): file]
            },
            write: { pages in
                pages.isEmpty ? "none" : pages.map { "\($0.key) \($0.value)" }.sorted().joined(separator: ", ")
            }
        )
        kind.format.inFile = .table
        kind.format.relative = { text, folder in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[1].isEmpty else { return text }
            return "\(parts[0])=\(FileSystem.join(folder, parts[1]))"
        }
        return kind.repeated { $0.merging($1) { $1 } }
    }
}
