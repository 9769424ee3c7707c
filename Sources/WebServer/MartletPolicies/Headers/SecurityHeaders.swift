/// The fields that make browsers careful, in one word. An application's own value of each wins.
///
/// What is not among them needs to know the application: `Content-Security-Policy` stops scripts that it has,
/// `Cross-Origin-Opener-Policy` breaks logins in a second window, `Permissions-Policy` takes what its pages may use.
package struct SecurityHeaders: Sendable, Equatable {
    /// Whether there is more than what `strictTransport` says.
    package var isWhole = true
    /// How long browsers use https alone; nil to say nothing. Mozilla's guidelines ask for at least six months, Flask-Talisman
    /// says one year.
    package var strictTransport: Duration? = .seconds(31_536_000)
    /// Whether that is for all names below the site's too. Off: they may have no certificate.
    package var includesSubdomains = false
    /// Whether browsers may ship it in their list, from which nobody gets out within months.
    package var preload = false
    /// Who may show the site in a frame: `DENY` or `SAMEORIGIN`.
    package var frames = Frames.sameOrigin

    package enum Frames: String, Sendable, CaseIterable {
        case deny
        case sameOrigin = "same-origin"
        case any
    }

    package init() {}

    /// - Throws: ``PolicyError`` if the list of browsers would refuse it.
    package func validate() throws(PolicyError) {
        guard preload else { return }
        guard includesSubdomains, let strictTransport, strictTransport >= .seconds(31_536_000) else {
            throw PolicyError("preload needs hsts-subdomains = true and an hsts of at least 8760h (hstspreload.org)")
        }
    }

    func rules(isSecure: Bool) -> [HeaderRule] {
        var fields: [(String, String)] = []
        if isWhole {
            fields += [("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "strict-origin-when-cross-origin")]
        }
        switch frames {
        case _ where !isWhole: break
        case .deny: fields.append(("X-Frame-Options", "DENY"))
        case .sameOrigin: fields.append(("X-Frame-Options", "SAMEORIGIN"))
        case .any: break
        }
        // RFC 6797 section 7.2: not over plain HTTP.
        if isSecure, let strictTransport {
            let scope = (includesSubdomains ? "; includeSubDomains" : "") + (preload ? "; preload" : "")
            fields.append(("Strict-Transport-Security", "max-age=\(strictTransport.components.seconds)\(scope)"))
        }
        return fields.compactMap { try? HeaderRule(.default($0.1), $0.0, in: .response) }
    }
}
