import HTTPTypes
import Logging
import MartletBytes
package import MartletGateway

/// Who may come, by name and password (RFC 7617).
package struct BasicAuthentication: Sendable, Equatable {
    package var users = PasswordFile()
    /// What browsers show beside the question.
    package var realm = "restricted"
    /// Whether the application gets the `Authorization` field, with the password in it.
    package var keepsCredentials = false

    package init() {}

    /// - Throws: ``PolicyError``.
    package func validate() throws(PolicyError) {
        guard !users.users.isEmpty else {
            throw PolicyError("nobody could come in; name users, or a file of htpasswd -B")
        }
        guard realm.utf8.allSatisfy({ FieldSyntax.isValue($0) && $0 < 0x80 }) else {
            throw PolicyError("the realm is plain text without line breaks")
        }
    }
}

/// Lets in who knows a name and its password.
package struct BasicAuthenticationPolicy: Policy {
    private let configuration: BasicAuthentication
    private let checks: PasswordChecks
    private let challenge: String

    package init(_ configuration: BasicAuthentication) {
        self.configuration = configuration
        checks = PasswordChecks(configuration.users.users.values)
        let realm = configuration.realm.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        challenge = "Basic realm=\"\(realm)\", charset=\"UTF-8\""
    }

    package func receive(_ request: inout Request) -> Verdict {
        guard let (name, password) = Self.credentials(request.headers[.authorization]) else {
            return .answer(unauthorized)
        }
        let hash = configuration.users.users[name]
        if checks.isKnown(name, password, hash) { return admit(&request, name) ?? .pass }
        return .wait { [self] request in
            switch try await checks.check(name, password, hash, of: ClientKind.address.key(of: request)) {
            case true?:
                var request = request
                if case .answer(let response)? = admit(&request, name) { return .answer(response) }
                return .pass(request)
            case false?:
                return .answer(unauthorized)
            case nil:
                request.logger.notice("A password is not checked: too many of this client, or of all, wait for it.")
                var response = Response.refusal(.serviceUnavailable, "Too many passwords are being checked.")
                response.headers.append(.retryAfter, "5")
                return .answer(response)
            }
        }
    }

    /// - Returns: an answer if the request cannot be passed on.
    private func admit(_ request: inout Request, _ name: String) -> Verdict? {
        request.storage[RemoteUser.self] = name
        guard !configuration.keepsCredentials else { return nil }
        guard let head = request.head.copy(without: { VariableName.equals($0, Array("authorization".utf8)) }) else {
            return .answer(.refusal(.requestHeaderFieldsTooLarge, "The request head is too large."))
        }
        request.head = head
        return nil
    }

    private var unauthorized: Response {
        var response = Response.refusal(.unauthorized, "A name and a password are needed here.")
        response.headers.append(.wwwAuthenticate, challenge)
        return response
    }

    /// The name and the password of `Basic BASE64`; nil for anything else.
    static func credentials(_ value: String?) -> (name: String, password: [UInt8])? {
        guard let value, ASCIICase.equals(value.utf8.prefix(6), "basic "), value.utf8.count < 4096,
            let decoded = Base64.decode(FieldSyntax.trimmed(value.utf8.dropFirst(6))),
            let colon = decoded.firstIndex(of: UInt8(ascii: ":")),
            let name = String(validating: decoded[..<colon], as: UTF8.self)
        else { return nil }
        return (name, Array(decoded[(colon + 1)...]))
    }
}
