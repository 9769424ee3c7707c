import MartletServer

extension AccessConfiguration: PolicyConfiguration {
    static let key = "access"
    static let path: any WritableKeyPath<PolicySettings, PolicyChoice<Self>> & Sendable = \.access
    static let summary = "Which clients may come, by their address; others get 403."
    static let shorthand: String? = "allow"
    static let defaults = AccessConfiguration()

    static let settings: [Setting<AccessConfiguration>] = [
        Setting(
            "allow",
            \.allowed,
            .clients,
            "Who may come; nobody else then",
            details: """
                The order has no influence: of the networks that an address is in the smallest decides, and of two that are equal \
                the one that denies.
                """,
            precedent: "nginx allow, Apache Require ip",
            defaultText: "everybody"
        ),
        Setting(
            "deny",
            \.denied,
            .clients,
            "Who may not come",
            precedent: "nginx deny",
            defaultText: "nobody"
        ),
        Setting("dry-run", \.isDryRun, .onOff, "Only log who would be refused", precedent: "nginx limit_req_dry_run"),
    ]
}
