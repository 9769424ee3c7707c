import MartletPolicies
import MartletServer
import MartletSettings

extension HeadersConfiguration: PolicyConfiguration {
    static let key = "headers"
    static let path: any WritableKeyPath<PolicySettings, PolicyChoice<Self>> & Sendable = \.headers
    static let summary = """
        Rules for the fields of answers and requests. Those of a site and of its routes add up; where both set a field the \
        route's counts.
        """
    static let shorthand: String? = "preset"
    static let defaults = HeadersConfiguration()

    static let settings: [Setting<HeadersConfiguration>] = [
        Setting(
            "preset",
            \.preset,
            .choice("word", Preset.allCases, accepts: "`secure`, or `none`") { _ in
                "it is secure or none, or a table of rules"
            },
            "The fields that make browsers careful, in one word; an application's own value of each counts",
            details: """
                `X-Content-Type-Options: nosniff`, `Referrer-Policy: strict-origin-when-cross-origin`, `X-Frame-Options` and, over https, \
                `Strict-Transport-Security`. What needs to know the application, such as `Content-Security-Policy`, is not among them.
                """,
            precedent: "Flask-Talisman, Django's SecurityMiddleware"
        ),
        Setting(
            "hsts",
            \.strictTransport,
            .strictTransport,
            "How long browsers use https alone (RFC 6797); sent over https",
            details:
                "A browser that has seen it cannot go back to http until that time is over: begin with a short one.",
            precedent: "Mozilla's guidelines: 2 years; Django SECURE_HSTS_SECONDS 0",
            defaultText: "365 d with the preset, else off"
        ),
        Setting(
            "hsts-subdomains",
            \.includesSubdomains,
            .onOff,
            "Whether that is for all names below the site's too",
            precedent: "Django SECURE_HSTS_INCLUDE_SUBDOMAINS"
        ),
        Setting(
            "hsts-preload",
            \.preload,
            .onOff,
            "Whether browsers may ship the site in their lists",
            precedent: "Django SECURE_HSTS_PRELOAD, hstspreload.org"
        ),
        Setting(
            "frames",
            \.frames,
            .choice("who", SecurityHeaders.Frames.allCases) { "it is one of \($0.joined(separator: ", "))" },
            "Which pages may show the site in a frame, with the preset",
            precedent: "Django X_FRAME_OPTIONS DENY"
        ),
        rules("set", \.response.set, { .set($0) }, .response, "Fields of answers, instead of what is there"),
        rules("add", \.response.added, { .add($0) }, .response, "Fields of answers, beside what is there"),
        rules(
            "default",
            \.response.defaults,
            { .default($0) },
            .response,
            "Fields of answers that have none of that name"
        ),
        removal("remove", \.response.removed, .response, "Fields that are taken out of answers"),
        rules("request-set", \.request.set, { .set($0) }, .request, "Fields of requests, instead of what is there"),
        rules("request-add", \.request.added, { .add($0) }, .request, "Fields of requests, beside what is there"),
        rules(
            "request-default",
            \.request.defaults,
            { .default($0) },
            .request,
            "Fields of requests that have none of that name"
        ),
        removal("request-remove", \.request.removed, .request, "Fields that are taken out of requests"),
    ]

    private static func rules(
        _ key: String,
        _ path: any WritableKeyPath<HeadersConfiguration, [HeaderRule]> & Sendable,
        _ action: @escaping @Sendable (String) -> HeaderRule.Action,
        _ side: HeaderRule.Side,
        _ summary: String
    ) -> Setting<HeadersConfiguration> {
        var kind = SettingKind<[HeaderRule]>.text(
            "name=value",
            accepts: "a table of texts, such as `{ X-Frame-Options = \"DENY\" }`",
            read: { text in
                let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                return [try HeaderRule(action(parts.last ?? ""), parts.first ?? "", in: side)]
            },
            write: { $0.isEmpty ? "none" : $0.map(\.text).joined(separator: ", ") }
        )
        kind.format.inFile = .table
        return Setting(
            key,
            path,
            kind.repeated { $0 + $1 },
            summary,
            precedent: side == .response
                ? "nginx add_header, Caddy header" : "nginx proxy_set_header, Caddy request_header",
            defaultText: "none"
        )
    }

    private static func removal(
        _ key: String,
        _ path: any WritableKeyPath<HeadersConfiguration, [HeaderRule]> & Sendable,
        _ side: HeaderRule.Side,
        _ summary: String
    ) -> Setting<HeadersConfiguration> {
        Setting(
            key,
            path,
            .list(
                .text(
                    "name",
                    accepts: "the name of a field",
                    read: { try HeaderRule(.remove, $0, in: side) },
                    write: { $0.name }
                ),
                none: "none"
            ),
            summary,
            precedent: "Caddy header -NAME",
            defaultText: "none"
        )
    }
}

extension HeaderRule {
    fileprivate var text: String {
        switch action {
        case .set(let value), .add(let value), .default(let value): "\(name): \(value)"
        case .remove: name
        }
    }
}

extension SettingKind where Value == HeadersConfiguration.StrictTransport {
    fileprivate static var strictTransport: Self {
        // What lists of browsers ask for is a year, and Mozilla's guidelines are two.
        let kind = SettingKind<Duration>.days(most: 3650)
        return Self.text(
            "time",
            accepts: "\(kind.format.accepts), or `off`",
            read: { $0 == "off" ? .off : .on(try kind.read($0)) },
            write: { value in
                switch value {
                case .byPreset: "with the preset"
                case .off: "off"
                case .on(let time): kind.write(time)
                }
            }
        )
    }
}
