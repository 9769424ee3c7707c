internal import HTTPTypes
public import MartletGateway

/// A request that a guard refuses. The answer has the challenge that a client needs; why, it says in development only.
public struct GuardFault: ClientFault, Equatable {
    /// 401, or 400 and 403 of RFC 6750.
    public let status: Int
    public let description: String
    /// The value of `WWW-Authenticate` (RFC 9110 section 11.6.1).
    public let challenge: String

    /// A refusal of a guard of your own.
    public init(status: Int = 401, challenge: String, _ description: String) {
        self.status = status
        self.challenge = challenge
        self.description = description
    }

    public var headers: Headers {
        // Nothing that is kept may answer somebody else, and a proxy is told that the answer depends on who asks.
        Headers([(.wwwAuthenticate, challenge), (.cacheControl, "no-store")])
    }
}
