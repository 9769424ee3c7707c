internal import FoundationEssentials
internal import MartletBytes

/// What a token says of itself before its signature is checked (RFC 7515 section 4.1).
struct TokenHeader: Decodable, Equatable {
    let alg: String
    let kid: String?
    /// Extensions that whoever takes the token has to know; none is known here.
    let crit: [String]?

    init(of token: String) throws(TokenRefusal) {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let bytes = parts.first.flatMap({ Base64URL.decode($0) }),
            let header = try? JSONDecoder().decode(TokenHeader.self, from: Data(bytes))
        else { throw .malformed }
        self = header
    }

    func algorithm(among allowed: Set<TokenAlgorithm>) throws(TokenRefusal) -> TokenAlgorithm {
        if let crit { throw .unknownExtensions(crit) }
        guard let algorithm = TokenAlgorithm(rawValue: alg), allowed.contains(algorithm) else {
            throw .algorithm(alg, allowed: allowed.map(\.rawValue).sorted())
        }
        return algorithm
    }
}
