package import MartletPolicies
package import MartletServer

extension ConcurrencyLimit: PolicyConfiguration {
    static let key = "concurrency"
    static let path: any WritableKeyPath<PolicySettings, PolicyChoice<Self>> & Sendable = \.concurrency
    static let summary = "How many requests of one client may be answered at a time; others get 429."
    static let shorthand: String? = "requests"
    package static let defaults = ConcurrencyLimit(0)

    package static let settings: [Setting<ConcurrencyLimit>] = [
        Setting(
            "requests",
            \.count,
            .count(1...1_000_000),
            "How many",
            precedent: "nginx limit_conn",
            defaultText: "none: it must be there"
        ),
        Setting("by", \.client, .clientKind, "Who is one client", precedent: "nginx limit_conn_zone"),
        Setting(
            "dry-run",
            \.isDryRun,
            .onOff,
            "Only log who would be refused",
            precedent: "nginx limit_conn_dry_run"
        ),
    ]

    func check() throws(PolicyError) {
        if count == 0 { throw PolicyError("there is no number; write requests = 10") }
    }
}
