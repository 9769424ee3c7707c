import MartletBytes

/// What is to be put in place so that an authority finds it.
struct NameProof: Equatable {
    let name: String
    let method: ChallengeMethod
    let token: String
    /// To be told when it is there.
    let url: String
}

extension ACMEAuthorization {
    /// How it can be proved; nil where the authority offers none of these ways.
    func proof(by methods: [ChallengeMethod]) -> NameProof? {
        for method in methods {
            guard let challenge = challenges.first(where: { $0.type == method.rawValue }), let token = challenge.token,
                Self.isToken(token)
            else { continue }
            return NameProof(name: identifier.value.lowercased(), method: method, token: token, url: challenge.url)
        }
        return nil
    }

    /// It becomes a part of a path, so nothing else may be in it (RFC 8555 section 8.1). Let's Encrypt's have 43 characters.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 200 && Base64URL.isText(text)
    }
}
