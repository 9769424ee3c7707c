/// Why a bearer token does not let a request in: the codes of RFC 6750 section 3.1. A check may throw one; the guard makes the answer.
public enum BearerFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// There is no token. The challenge then has no code.
    case missing
    /// 400: the request is malformed, in a word of its own.
    case invalidRequest(String)
    /// 401: the token is malformed, expired, revoked or unknown.
    case invalidToken(String)
    /// 403: it is good, but not for this. What it would need is said to the client.
    case insufficientScope(String)

    public var description: String {
        switch self {
        case .missing: "A token is needed here: Authorization: Bearer TOKEN."
        case .invalidRequest(let reason), .invalidToken(let reason): reason
        case .insufficientScope(let scope): "The token is good, but not for the scope \"\(scope)\"."
        }
    }

    private var status: Int {
        switch self {
        case .invalidRequest: 400
        case .missing, .invalidToken: 401
        case .insufficientScope: 403
        }
    }

    /// The refusal of a guard for a realm.
    func fault(realm: String) -> GuardFault {
        let code: String? =
            switch self {
            case .missing: nil
            case .invalidRequest: "invalid_request"
            case .invalidToken: "invalid_token"
            case .insufficientScope: "insufficient_scope"
            }
        var scope: String?
        if case .insufficientScope(let needed) = self { scope = needed }
        // Without error_description: why is for the log, and in development for the page.
        let challenge = Challenge.text("Bearer", [("realm", realm), ("error", code), ("scope", scope)])
        return GuardFault(status: status, challenge: challenge, description)
    }
}
