import MartletPolicies
import MartletServer

extension RateConfiguration: PolicyConfiguration {
    static let key = "rate"
    static let path: any WritableKeyPath<PolicySettings, PolicyChoice<Self>> & Sendable = \.rate
    static let summary = "How many requests one client may send; others get 429, and when to come again."
    static let shorthand: String? = "rate"
    static let defaults = RateConfiguration()

    static let settings: [Setting<RateConfiguration>] = [
        Setting(
            "rate",
            \.rates,
            .list(
                .text(
                    "rate",
                    accepts: "a number and a time, such as `10/s`, `100/m` or `1000/h`",
                    read: { try RateLimit(parsing: $0) },
                    write: {
                        "\($0.count)/\($0.period.components.seconds == 1 ? "s" : $0.period.components.seconds == 60 ? "m" : "h")"
                    }
                ),
                none: "none"
            ),
            "How many; of several all hold",
            details: "A reload that does not change it counts on.",
            precedent: "nginx limit_req_zone rate=10r/s",
            defaultText: "none: it must be there"
        ),
        Setting(
            "burst",
            \.burst,
            .optional(.count(1...1_000_000), none: "as many as the rate says"),
            "How many may come at once after a pause",
            precedent: "nginx limit_req burst=20 nodelay",
            defaultText: "as many as the rate says"
        ),
        Setting("by", \.client, .clientKind, "Who is one client", precedent: "nginx $binary_remote_addr"),
        Setting("dry-run", \.isDryRun, .onOff, "Only log who would be refused", precedent: "nginx limit_req_dry_run"),
    ]
}
