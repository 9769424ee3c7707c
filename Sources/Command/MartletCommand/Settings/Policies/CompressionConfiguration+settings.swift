import MartletBytes
package import MartletPolicies
package import MartletServer
import MartletSettings

extension CompressionConfiguration: PolicyConfiguration {
    static let key = "compress"
    static let path: any WritableKeyPath<PolicySettings, PolicyChoice<Self>> & Sendable = \.compress
    static let summary = "Answers are compressed for clients that take that."
    static let isCompleteByDefault = true
    package static let defaults = CompressionConfiguration()

    package static let settings: [Setting<CompressionConfiguration>] = [
        Setting(
            "codings",
            \.codings,
            .codings,
            "Which codings there are; an answer's is the one that the client likes best, and of equals the first here",
            details: "`martlet --version` says which ones this build can make.",
            precedent: "Caddy encode zstd gzip",
            defaultText: "zstd, br, gzip, as far as the build has them"
        ),
        Setting(
            "types",
            \.types,
            .mediaTypePatterns,
            "Which media types are compressed",
            details: "The default ones: \(MediaTypePattern.defaults.map { "`\($0)`" }.joined(separator: ", ")).",
            precedent: "nginx gzip_types text/html, Caddy's match",
            defaultText: "texts, JSON, XML, SVG, scripts, fonts that are not compressed"
        ),
        Setting(
            "minimum",
            \.minimum,
            .size(0...(1 << 30)),
            "Shorter bodies are sent as they are",
            precedent: "nginx gzip_min_length 20, Caddy minimum_length 512"
        ),
        Setting(
            "gzip-level",
            \.gzipLevel,
            .count(1...9),
            "How hard gzip tries",
            precedent: "nginx gzip_comp_level 1, Caddy 5"
        ),
        Setting("zstd-level", \.zstdLevel, .count(1...19), "How hard zstd tries", precedent: "zstd 3"),
        Setting("brotli-quality", \.brotliQuality, .count(0...11), "How hard brotli tries", precedent: "Apache 5"),
        Setting(
            "breach",
            \.breach,
            .choice("which", BreachGuard.allCases) { "it is one of \($0.joined(separator: ", "))" },
            "Which answers are not compressed, since their length could tell a secret",
            details: """
                An answer that holds a secret and something of the request, compressed, tells the secret to whoever can have a \
                browser send many requests and see their lengths (BREACH). With `cross-site` answers over https to requests with a browser's \
                credentials are not compressed unless the browser says that they come from the site itself; with `credentials` no \
                answer to a request with cookies or a password is.
                """,
            precedent: "none in nginx, Caddy and Apache"
        ),
    ]
}

extension SettingKind where Value == [ContentCoding] {
    fileprivate static var codings: Self {
        var kind = Self.text(
            "coding",
            accepts: "`zstd`, `br` and `gzip`; one, or a list",
            read: { text in
                guard let coding = ContentCoding(rawValue: text) else {
                    throw SettingError(description: "'\(text)' is no coding; there are zstd, br and gzip")
                }
                guard ContentCoding.available.contains(coding) else {
                    throw SettingError(description: "this build cannot make \(text): \(ContentCoding.summary)")
                }
                return [coding]
            },
            write: { $0.map(\.rawValue).joined(separator: ", ") }
        )
        kind.identity = { $0.first?.rawValue }
        return kind.repeated { $0 + $1 }
    }
}

extension SettingKind where Value == [MediaTypePattern] {
    fileprivate static var mediaTypePatterns: Self {
        Self.text(
            "type",
            accepts: "types such as `application/json`, `text/*` or `*+json`; one, or a list",
            read: { [try MediaTypePattern(parsing: $0)] },
            write: { $0.map(\.description).joined(separator: ", ") }
        )
        .repeated { $0 + $1 }
    }
}
