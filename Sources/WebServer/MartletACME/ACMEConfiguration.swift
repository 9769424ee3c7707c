/// Where certificates are got from, and how.
package struct ACMEConfiguration: Sendable, Hashable {
    /// Where the authority sends news of an account to.
    package var email: String?
    /// The URL at which the authority says what it offers.
    package var directory = letsEncrypt
    /// The path of the certificates that vouch for the directory; nil for those that the system trusts.
    package var authority: String?
    /// The folder for keys and certificates; nil for the usual one.
    package var state: String?
    /// In the order in which they are tried.
    package var methods: [ChallengeMethod] = []
    /// An account that the person has at the authority already: its name and its key, in Base64 for URLs.
    package var externalAccount: String?
    package var externalKey: String?

    package static let letsEncrypt = "https://acme-v02.api.letsencrypt.org/directory"

    package init() {}
}
