package import MartletServer

/// The settings of what a site encrypts with, a row for each.
extension TLSSite: Configurable {
    package static let defaults = TLSSite()

    package static let settings: [Setting<TLSSite>] = [
        Setting(
            "certificate",
            \.certificate,
            .file("a file in PEM: the site's own certificate, then those that vouch for it"),
            "The certificate to encrypt with",
            details: """
                The files are read again when they change, within seconds, and with a reload. A pair that is no good is refused, \
                with the reason in the log, and the former one kept. In a site of a file, `auto` has it \
                [got by itself](../guides/tls.md#certificates-by-themselves).
                """,
            precedent: "nginx ssl_certificate, gunicorn --certfile",
            elsewhere: ["--certfile": "", "--ssl-certfile": "", "--cert": ""],
            defaultText: "none"
        ),
        Setting(
            "key",
            \.key,
            .file("a file in PEM, without a password"),
            "The private key of the certificate",
            precedent: "nginx ssl_certificate_key, gunicorn --keyfile",
            elsewhere: ["--keyfile": "", "--ssl-keyfile": ""],
            defaultText: "none"
        ),
        Setting(
            "client-ca",
            \.clientAuthority,
            .file("a file of certificates in PEM"),
            "Whoever vouches for clients: they have to show a certificate that one of these has signed",
            details: """
                It holds for the site that it is said of. A request for the site over a connection that was made for another one \
                is answered with 421.
                """,
            precedent: "nginx ssl_client_certificate, gunicorn --ca-certs",
            elsewhere: ["--ca-certs": "", "--ssl-ca-certs": ""],
            defaultText: "none"
        ),
        Setting(
            "client-certificates",
            \.clientCertificates,
            .choice(
                "mode",
                ClientCertificateMode.allCases,
                accepts: "`required`, or `optional`: the application decides"
            ) {
                "it is \($0.joined(separator: " or "))"
            },
            "Whether there is a connection without the certificate that `client-ca` asks for",
            precedent: "nginx ssl_verify_client on, optional"
        ),
        Setting(
            "tls-profile",
            key: "profile",
            \.profile,
            .choice(
                "profile",
                TLSProfile.allCases,
                accepts: "`intermediate`: TLS 1.2 and 1.3, or `modern`: TLS 1.3 alone"
            ) { "the profiles are \($0.joined(separator: " and "))" },
            "Which versions and ciphers are spoken, as Mozilla recommends them",
            precedent: "nginx ssl_protocols TLSv1.2 TLSv1.3"
        ),
    ]

    /// What is there only in part: a certificate without a key, or the other way round.
    package var missing: String? {
        switch (certificate, key) {
        case (_?, nil): "key"
        case (nil, _?): "certificate"
        case (nil, nil): clientAuthority == nil ? nil : "certificate"
        default: nil
        }
    }
}

extension SettingKind where Value == String? {
    fileprivate static func file(_ accepts: String) -> Self {
        Self.text(
            "file",
            accepts: accepts,
            read: { text in
                if text.isEmpty { throw SettingError(description: "it is empty; write the path of a file") }
                return text
            },
            write: { $0 ?? "none" }
        )
        .relative { text, folder in text.isEmpty ? text : FileSystem.join(folder, text) }
    }
}

extension ServerConfiguration {
    /// Encrypts with this: also what is said without a scheme, for whoever gives a certificate on a command line wants that.
    package mutating func encrypt(with site: TLSSite) {
        tls = TLSSettings(sites: [site])
        usualScheme = .https
    }
}
