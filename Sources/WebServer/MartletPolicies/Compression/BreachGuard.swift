import HTTPTypes
import MartletBytes
import MartletGateway

/// Which answers are not compressed, since their length would tell a secret.
///
/// The attack (BREACH, CVE-2013-3587; "SSL, gone in 30 seconds", Black Hat 2013) needs three things: the attacker's page
/// has a victim's browser send requests with the victim's cookies; the answer holds a secret and something of the request;
/// the attacker sees how long the encrypted answers are. What it cannot do is to hide where its requests come from: browsers
/// say so in `Sec-Fetch-Site`.
package enum BreachGuard: String, Sendable, CaseIterable {
    /// Not to requests with a browser's credentials that do not come from the site itself.
    case crossSite = "cross-site"
    /// Never to requests with credentials, and never what sets a cookie or is private.
    case credentials
    case off

    /// Whether an answer must not be compressed.
    func forbids(_ facts: ResponseFacts, to request: Request) -> Bool {
        switch self {
        case .off: return false
        case .credentials:
            return facts.isPrivate || facts.setsCookie || Self.hasCredentials(request, evenOfPrograms: true)
        case .crossSite:
            // Who can see lengths on plain HTTP can see the answer. What is public holds no secret.
            guard request.scheme == "https", !facts.isPublic else { return false }
            return Self.hasCredentials(request, evenOfPrograms: false) && !Self.comesFromSite(request)
        }
    }

    /// Credentials that a browser sends by itself; a page has to set `Bearer`, and cannot for another site.
    private static func hasCredentials(_ request: Request, evenOfPrograms: Bool) -> Bool {
        if request.headers.contains(.cookie) { return true }
        guard let value = request.headers[.authorization] else { return false }
        return evenOfPrograms || !ASCIICase.equals(value.utf8.prefix(7), "bearer ")
    }

    private static func comesFromSite(_ request: Request) -> Bool {
        if let site = HTTPField.Name("Sec-Fetch-Site").flatMap({ request.headers[$0] }) {
            // Not `same-site`: another name of the domain may be somebody else's.
            return site == "same-origin" || site == "none"
        }
        // A browser from before 2023, or a program with cookies.
        guard let referrer = HTTPField.Name("Referer").flatMap({ request.headers[$0] }),
            let authority = request.authority
        else { return false }
        let origin = "https://\(authority)".utf8.map(ASCIICase.lowercased)
        guard ASCIICase.equals(referrer.utf8.prefix(origin.count), origin) else { return false }
        let next = referrer.utf8.dropFirst(origin.count).first
        return next == nil || next == UInt8(ascii: "/") || next == UInt8(ascii: "?")
    }
}
