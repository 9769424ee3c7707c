internal import HTTPTypes
public import MartletGateway

/// Asks for a token: `Authorization: Bearer TOKEN` (RFC 6750 section 2.1). Tokens in forms and URLs are not taken; the latter end up in
/// logs (section 5.3).
public struct BearerGuard<Identity: Sendable>: Guard {
    private let realm: String
    private let check: @Sendable (_ token: String) async throws -> Identity?

    /// - Parameters:
    ///   - realm: what the token is for; plain ASCII.
    ///   - check: whose token it is; nil for nobody's. It may throw a ``BearerFault``, for a scope that the token has not.
    public init(
        realm: String = "restricted",
        check: @escaping @Sendable (_ token: String) async throws -> Identity?
    ) {
        self.realm = realm
        self.check = check
    }

    public func identity(of request: Request) async throws -> Identity {
        do {
            let token = try BearerToken.read(request.headers.values(for: .authorization))
            guard let identity = try await check(token) else {
                throw BearerFault.invalidToken("Nobody has this token.")
            }
            return identity
        } catch let fault as BearerFault {
            throw fault.fault(realm: realm)
        }
    }
}
