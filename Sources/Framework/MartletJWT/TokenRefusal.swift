/// Why a token is not taken. It is for the log and for development: clients are told `invalid_token`.
enum TokenRefusal: Error, Equatable {
    case malformed
    case algorithm(String, allowed: [String])
    case unknownExtensions([String])
    case unknownKey(String?)
    case wrongAlgorithm(String, of: String?)
    case badSignature
    case notAsExpected(String)
    case missing(String)
    /// Seconds.
    case expired(ago: Double)
    case notYet(String, in: Double)
    case tooOld(Double)
    case issuer(String?)
    case audience([String])
}

extension TokenRefusal: CustomStringConvertible {
    var description: String {
        switch self {
        case .malformed: "The token is not a signed JWT: three parts in base64url with dots between them."
        case .algorithm(let name, let allowed):
            "The token is signed with \"\(name)\"; taken are \(allowed.joined(separator: ", "))."
        case .unknownExtensions(let names):
            "The token needs extensions that are not known here: \(names.joined(separator: ", "))."
        case .unknownKey(let kid):
            kid.map { "There is no key \"\($0)\"." } ?? "The token names no key, and there is none without a name."
        case .wrongAlgorithm(let name, let kid):
            "The key\(kid.map { " \"\($0)\"" } ?? "") is not for \(name), which the token is signed with."
        case .badSignature: "The signature is not that of the key."
        case .notAsExpected(let problem): "The claims are not those that are expected here: \(problem)"
        case .missing(let claim): "The token has no `\(claim)`."
        case .expired(let seconds): "The token has been over for \(Self.text(seconds)) s."
        case .notYet(let claim, let seconds): "The token is good in \(Self.text(seconds)) s only, by its `\(claim)`."
        case .tooOld(let seconds): "The token is \(Self.text(seconds)) s old."
        case .issuer(let name): "The token was made by \(name.map { "\"\($0)\"" } ?? "nobody that it names")."
        case .audience(let names):
            names.isEmpty
                ? "The token does not say whom it is for." : "The token is for \(names.joined(separator: ", "))."
        }
    }

    /// Whole seconds; a token may say any number.
    private static func text(_ seconds: Double) -> String {
        Int(exactly: seconds.rounded()).map { "\($0)" } ?? "\(seconds)"
    }
}
