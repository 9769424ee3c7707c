import MartletPolicies
import MartletServer

extension MaintenanceConfiguration: PolicyConfiguration {
    static let key = "maintenance"
    static let path: any WritableKeyPath<PolicySettings, PolicyChoice<Self>> & Sendable = \.maintenance
    static let summary = "The site is closed for a while: everybody gets 503."
    static let shorthand: String? = "file"
    static let isCompleteByDefault = true
    static let defaults = MaintenanceConfiguration()

    static let settings: [Setting<MaintenanceConfiguration>] = [
        Setting(
            "file",
            \.file,
            .optional(.path("file", accepts: "the path of a file, which need not exist"), none: "none"),
            "The site is closed while this file exists; it is looked for once a second",
            precedent: "nginx if (-f …)",
            defaultText: "none: it is closed"
        ),
        Setting(
            "page",
            \.page,
            .optional(.path("file", accepts: "a file"), none: "none"),
            "What visitors are shown",
            precedent: "nginx error_page 503",
            defaultText: "a sentence"
        ),
        Setting(
            "retry-after",
            \.retryAfter,
            .duration(.seconds(1) ... .year),
            "When clients should come again; search engines keep what they know for that long",
            precedent: "RFC 9110 section 10.2.3"
        ),
        Setting(
            "allow",
            \.admitted,
            .clients,
            "Who gets in all the same",
            precedent: "nginx geo",
            defaultText: "nobody"
        ),
    ]
}
