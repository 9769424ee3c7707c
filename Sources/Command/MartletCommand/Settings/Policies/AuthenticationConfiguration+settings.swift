import MartletPolicies
import MartletServer
import MartletSettings

extension AuthenticationConfiguration: PolicyConfiguration {
    static let key = "auth"
    static let path: any WritableKeyPath<PolicySettings, PolicyChoice<Self>> & Sendable = \.authentication
    static let summary =
        "Who may come, by a name and a password, or because another route says so. The name is `REMOTE_USER`."
    static let shorthand: String? = "file"
    static let defaults = AuthenticationConfiguration()

    static let settings: [Setting<AuthenticationConfiguration>] = [
        Setting(
            "file",
            \.file,
            .optional(.path("file", accepts: "a file with `name:hash` a line"), none: "none"),
            "A file of users and the hashes of their passwords",
            details:
                "It is read with each start and each reload. `htpasswd -B` and `martlet hash-password` make hashes for it.",
            precedent: "nginx auth_basic_user_file, Apache AuthUserFile",
            defaultText: "none"
        ),
        Setting(
            "users",
            \.users,
            .users,
            "Users and the hashes of their passwords",
            details:
                "`users = { anna = \"$2b$12$…\" }`, or `\"${file:anna.hash}\"`. bcrypt, yescrypt and SHA-crypt are taken.",
            precedent: "Caddy basic_auth",
            defaultText: "none"
        ),
        Setting(
            "realm",
            \.realm,
            .text("text", accepts: "a text", read: { $0 }, write: { $0 }),
            "What browsers show beside the question",
            precedent: "nginx auth_basic, Caddy restricted"
        ),
        Setting(
            "keep-credentials",
            \.keepsCredentials,
            .onOff,
            "Whether the application gets the `Authorization` field, with the password in it",
            precedent: "Traefik basicAuth.removeHeader"
        ),
        Setting(
            "forward",
            \.target,
            .optional(
                .text("path", accepts: "a path of the same site", read: { try path($0) }, write: { $0 }),
                none: "none"
            ),
            "A path of the same site that is asked about each request; a status of 2xx lets it pass",
            details: """
                It gets a GET with the fields of the request, and `X-Forwarded-Method`, `-Uri`, `-Proto`, `-Host` and `-For`. Any \
                other answer, such as a redirect to a login, is the client's. The policies of its own route do not count for that.
                """,
            precedent: "nginx auth_request, Caddy forward_auth",
            defaultText: "none"
        ),
        Setting(
            "forward-headers",
            \.identity,
            .list(.fieldName, none: "none"),
            "Fields of the welcoming answer that the application gets; what a client sends under these names never reaches it",
            precedent: "Caddy copy_headers",
            defaultText: "none"
        ),
        Setting(
            "forward-user",
            \.userField,
            .optional(.fieldName, none: "none"),
            "The field of the welcoming answer with the name of the user",
            precedent: "Apache AuthLDAPRemoteUserAttribute",
            defaultText: "none"
        ),
    ]

    private static func path(_ text: String) throws(SettingError) -> String {
        guard text.hasPrefix("/"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw SettingError(description: "'\(text)' is no path of this site, such as /auth/check")
        }
        return text
    }
}

extension SettingKind where Value == PasswordFile {
    fileprivate static var users: Self {
        var kind = Self.text(
            "name=hash",
            accepts: "a table of texts: names, and hashes of crypt(3)",
            read: { text in
                let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                var file = PasswordFile()
                try file.add(parts.first ?? "", hash: parts.last ?? "")
                return file
            },
            // The hashes are nobody's business.
            write: { $0.users.isEmpty ? "none" : $0.users.keys.sorted().joined(separator: ", ") }
        )
        kind.format.inFile = .table
        return kind.repeated { first, second in
            var both = first
            // A table has no key twice.
            try? both.merge(second)
            return both
        }
    }
}
