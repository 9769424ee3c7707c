package import MartletACME
import MartletBytes
package import MartletServer
import MartletSettings

/// The settings of certificates that are got by themselves, a row for each.
extension ACMEConfiguration: Configurable {
    package static let defaults = ACMEConfiguration()

    package static let settings: [Setting<ACMEConfiguration>] = [
        Setting(
            "email",
            \.email,
            .optionalText("address", accepts: "an address of mail") { try email($0) },
            "Where the authority sends news of the account to, if it does that",
            precedent: "Caddy email, certbot --email",
            defaultText: "none"
        ),
        Setting(
            "directory",
            \.directory,
            .text("URL", accepts: "a URL with https", read: { try url($0) }, write: { $0 }),
            "The certificate authority: the URL at which it says what it offers (RFC 8555)",
            details: """
                While trying things out, take the one for that, whose limits are generous and whose certificates nobody trusts: \
                `https://acme-staging-v02.api.letsencrypt.org/directory`.
                """,
            precedent: "Caddy acme_ca, certbot --server"
        ),
        Setting(
            "ca",
            \.authority,
            .optionalText("file", accepts: "a file of certificates in PEM") { $0 }
                .relative { text, folder in text.isEmpty ? text : FileSystem.join(folder, text) },
            "Who vouches for the directory, in place of those that the system trusts",
            precedent: "Caddy acme_ca_root",
            defaultText: "the system's"
        ),
        Setting(
            "state",
            \.state,
            .optionalText("folder", accepts: "a folder; it is made when something is written") { $0 }
                .relative { text, folder in text.isEmpty ? text : FileSystem.join(folder, text) },
            "Where the account, keys and certificates are kept, for this user alone",
            details: """
                By default `$STATE_DIRECTORY`, which systemd sets for `StateDirectory=`, else `$XDG_STATE_HOME/martlet` or \
                `~/.local/state/martlet`. Several servers may share one.
                """,
            precedent: "Caddy storage, certbot --config-dir",
            defaultText: "see below"
        ),
        Setting(
            "challenge",
            \.methods,
            .methods,
            "How names are proved; several in a list, in the order in which they are tried",
            details: """
                `http-01` needs port 80 to be reached from outside, `tls-alpn-01` port 443. By default it is `http-01` where `bind` has an \
                address with plain http, and the other one after a failure.
                """,
            precedent: "certbot --preferred-challenges",
            defaultText: "both"
        ),
        Setting(
            "eab-key-id",
            \.externalAccount,
            .optionalText("id", accepts: "a text") { $0 },
            "The name of an account that you have at the authority already (external account binding)",
            precedent: "Caddy acme_eab, certbot --eab-kid",
            defaultText: "none"
        ),
        Setting(
            "eab-key",
            \.externalKey,
            .secret { try externalKey($0) },
            "The key of that account; take it from a file, `${file:eab.key}`, or from the environment",
            precedent: "Caddy acme_eab, certbot --eab-hmac-key",
            defaultText: "none"
        ),
    ]

    /// Enough to find what is no address at all; whether mail arrives there nobody can tell by looking.
    private static func email(_ text: String) throws(SettingError) -> String {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let isAddress =
            parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && parts[1].contains(".")
            && text.utf8.allSatisfy { ASCII.isPrintable($0) && $0 != 0x20 && !",;<>()\"?&%#".utf8.contains($0) }
        guard isAddress else {
            throw SettingError(description: "'\(text)' is no address of mail, such as admin@example.com")
        }
        return text
    }

    private static func url(_ text: String) throws(SettingError) -> String {
        guard text.hasPrefix("https://") else {
            throw SettingError(
                description: "'\(text)' is no URL with https://, such as https://acme-v02.api.letsencrypt.org/directory"
            )
        }
        let rest = text.dropFirst(8)
        let host = rest.prefix { $0 != "/" }
        guard !host.isEmpty, !host.contains("@"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw SettingError(description: "'\(text)' names no server, or has a blank or a password in it")
        }
        return text
    }

    private static func externalKey(_ text: String) throws(SettingError) -> String {
        let isKey =
            !text.isEmpty && text.utf8.allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || "-_=".utf8.contains($0) }
        guard isKey else {
            throw SettingError(description: "it is not Base64 for URLs, which is how authorities give it")
        }
        return text
    }
}

extension SettingKind where Value == String? {
    fileprivate static func optionalText(
        _ placeholder: String,
        accepts: String,
        read: @escaping @Sendable (String) throws -> String
    ) -> Self {
        .text(
            placeholder,
            accepts: accepts,
            read: { text in
                if text.isEmpty { throw SettingError(description: "it is empty; leave it out") }
                return try read(text)
            },
            write: { $0 ?? "none" }
        )
    }

    /// What nobody is shown.
    fileprivate static func secret(read: @escaping @Sendable (String) throws -> String) -> Self {
        var kind = optionalText("key", accepts: "Base64 for URLs", read: read)
        kind.write = { $0 == nil ? "none" : "(not shown)" }
        return kind
    }
}

extension SettingKind where Value == [ChallengeMethod] {
    fileprivate static var methods: Self {
        let names = ChallengeMethod.allCases.map(\.rawValue)
        var kind = Self.text(
            "method",
            accepts: names.map { "`\($0)`" }.joined(separator: ", "),
            read: { text in
                if let method = ChallengeMethod(rawValue: text) { return [method] }
                if text == "dns-01" {
                    throw SettingError(description: "dns-01 is not there: it needs a program of your own for DNS")
                }
                let guess = NearMatch.closest(to: text, among: names).map { "; did you mean '\($0)'?" } ?? ""
                throw SettingError(description: "the ways are \(names.joined(separator: " and "))\(guess)")
            },
            write: { $0.isEmpty ? "both" : $0.map(\.rawValue).joined(separator: ", ") }
        )
        kind.identity = { $0.first?.rawValue }
        return kind.repeated { $0 + $1 }
    }
}
