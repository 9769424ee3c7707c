import MartletBytes
import MartletPolicies

/// Who may come: by a password, or because somebody else says so.
struct AuthenticationConfiguration: Sendable, Equatable {
    var users = PasswordFile()
    /// Of users and hashes, as htpasswd makes it.
    var file: String?
    var realm = BasicAuthentication().realm
    var keepsCredentials = false
    /// The path of the same site that is asked.
    var target: String?
    /// Fields of its answer that the application gets.
    var identity: [String] = []
    var userField: String?

    var asksForPasswords: Bool { file != nil || !users.users.isEmpty }

    func check() throws(PolicyError) {
        guard asksForPasswords || target != nil else {
            throw PolicyError("nobody could come in; name users, a file of htpasswd -B, or who is asked with 'forward'")
        }
        if target == nil, !identity.isEmpty || userField != nil {
            throw PolicyError(
                "forward-headers and forward-user say what to take from an answer; nobody is asked without 'forward'"
            )
        }
        try forward?.validate()
    }

    var forward: ForwardAuthentication? {
        guard let target else { return nil }
        var forward = ForwardAuthentication(target: target)
        forward.identity = identity
        // Who names the field of the user wants the application to have it.
        if let userField, !identity.contains(where: { ASCIICase.equals($0.utf8, userField.utf8) }) {
            forward.identity.append(userField)
        }
        forward.userField = userField
        return forward
    }

    /// With the users of the file.
    ///
    /// - Throws: ``PolicyProblem``.
    func basic() throws(PolicyProblem) -> BasicAuthentication? {
        guard asksForPasswords else { return nil }
        var basic = BasicAuthentication()
        basic.realm = realm
        basic.keepsCredentials = keepsCredentials
        basic.users = users
        if let file {
            do {
                try basic.users.merge(try PasswordFile(parsing: try PolicyFile.text(of: file)))
            } catch {
                throw PolicyProblem(key: "file", description: "\(file): \(error)")
            }
        }
        do { try basic.validate() } catch {
            throw PolicyProblem(key: basic.users.users.isEmpty ? "file" : "realm", description: "\(error)")
        }
        return basic
    }
}
