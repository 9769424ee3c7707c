internal import HTTPTypes
public import MartletGateway

/// Asks for a name and a password, for which browsers have a window (RFC 7617). Both travel in clear: use it over https only.
public struct BasicGuard<Identity: Sendable>: Guard {
    private let check: @Sendable (_ name: String, _ password: String) async throws -> Identity?
    private let challenge: String

    /// - Parameters:
    ///   - realm: what browsers show beside the question; plain ASCII.
    ///   - check: who has this name and this password; nil for nobody. It should take as long for a name that nobody has.
    public init(
        realm: String = "restricted",
        check: @escaping @Sendable (_ name: String, _ password: String) async throws -> Identity?
    ) {
        self.check = check
        challenge = Challenge.text("Basic", [("realm", realm), ("charset", "UTF-8")])
    }

    public func identity(of request: Request) async throws -> Identity {
        let fields = request.headers.values(for: .authorization)
        guard let field = fields.first, fields.count == 1 else {
            throw fault(
                fields.isEmpty ? "A name and a password are needed here." : "There are several Authorization fields."
            )
        }
        let credentials: BasicCredentials
        do throws(BasicCredentials.Malformed) {
            credentials = try BasicCredentials(parsing: field)
        } catch {
            throw fault(error.rawValue)
        }
        guard let identity = try await check(credentials.name, credentials.password) else {
            throw fault("Nobody has this name and this password.")
        }
        return identity
    }

    private func fault(_ reason: String) -> GuardFault { GuardFault(challenge: challenge, reason) }
}

extension BasicGuard where Identity == String {
    /// Names with the passwords of machines, from the configuration: `BasicGuard(realm: "Metrics", users: ["prometheus": secret])`. The
    /// identity is the name.
    public init(realm: String = "restricted", users: [String: String]) {
        let secrets = users.mapValues(SecretText.init)
        // Compared with where the name is unknown, so that the time does not tell.
        let nobody = SecretText("")
        self.init(realm: realm) { name, password in
            let isRight = (secrets[name] ?? nobody).matches(password)
            return isRight && secrets[name] != nil ? name : nil
        }
    }
}
