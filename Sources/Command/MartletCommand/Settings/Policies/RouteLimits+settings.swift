import MartletGateway
package import MartletPolicies
package import MartletServer

extension RouteLimits: PolicyConfiguration {
    static let key = "limits"
    static let path: any WritableKeyPath<PolicySettings, PolicyChoice<Self>> & Sendable = \.limits
    static let summary =
        "What a request to a site or a route may take. At the top of the file, `[limits]` is for the whole server."
    package static let defaults = RouteLimits()

    package static let settings: [Setting<RouteLimits>] = [
        Setting(
            "head",
            \.head,
            .optional(.size(1024...RequestHead.maximumSize), none: "the server's"),
            "Largest request head, within the server's; above it the answer is 431",
            precedent: "nginx large_client_header_buffers",
            defaultText: "the server's"
        ),
        Setting(
            "body",
            \.body,
            .optional(.size(0...(1 << 40)), none: "the server's"),
            "Largest request body, which may be more than the server's; above it the answer is 413",
            precedent: "nginx client_max_body_size",
            defaultText: "the server's"
        ),
        Setting(
            "answer",
            \.answer,
            .optional(.duration(.milliseconds(1) ... .year), none: "no limit"),
            "Time until the answer begins; after it the client gets 504",
            details: "The application is not stopped by that: for Python, see `request-timeout`.",
            precedent: "nginx proxy_read_timeout 60s",
            defaultText: "no limit"
        ),
    ]

    /// A limit that a site says counts where a route says others.
    func within(_ outer: RouteLimits) -> RouteLimits {
        var limits = self
        limits.head = head ?? outer.head
        limits.body = body ?? outer.body
        limits.answer = answer ?? outer.answer
        return limits
    }
}
