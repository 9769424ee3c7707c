package import MartletPolicies
package import MartletServer

extension CORSConfiguration: PolicyConfiguration {
    static let key = "cors"
    static let path: any WritableKeyPath<PolicySettings, PolicyChoice<Self>> & Sendable = \.cors
    static let summary =
        "Which pages of other sites may use this one by script. Preflights are answered, and never reach the application."
    static let shorthand: String? = "origins"
    package static let defaults = CORSConfiguration()

    package static let settings: [Setting<CORSConfiguration>] = [
        Setting(
            "origins",
            \.origins,
            .list(
                .text(
                    "origin",
                    accepts: "an origin such as `https://app.example.com`, `https://*.example.com`, or `*`",
                    read: { try CORSOrigin(parsing: $0) },
                    write: { $0.description }
                ),
                none: "none"
            ),
            "Where those pages are",
            precedent: "Flask-CORS origins",
            defaultText: "none: it must be there"
        ),
        Setting(
            "methods",
            \.methods,
            .words("a method, such as `PUT`"),
            "What they may do",
            precedent: "Flask-CORS methods"
        ),
        Setting(
            "headers",
            \.headers,
            .words("the name of a field"),
            "Which fields they may send",
            precedent: "Flask-CORS allow_headers *",
            defaultText: "those that they ask for"
        ),
        Setting(
            "expose",
            \.exposed,
            .words("the name of a field"),
            "Which fields of answers they may read, besides the few that they always may",
            precedent: "Flask-CORS expose_headers",
            defaultText: "none"
        ),
        Setting(
            "credentials",
            \.allowsCredentials,
            .onOff,
            "Whether cookies and passwords come along",
            precedent: "Flask-CORS supports_credentials"
        ),
        Setting(
            "max-age",
            \.maximumAge,
            .days(most: 7),
            "How long browsers keep the answer to a preflight",
            precedent: "Chromium keeps it for 2 h at most"
        ),
    ]

    func check() throws(PolicyError) { try validate() }
}

extension SettingKind where Value == [String] {
    fileprivate static func words(_ accepts: String) -> Self {
        .list(.text("name", accepts: accepts, read: { $0 }, write: { $0 }), none: "none")
    }
}
