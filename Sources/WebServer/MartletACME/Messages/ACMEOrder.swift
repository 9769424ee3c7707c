/// A certificate that was asked for (RFC 8555 section 7.1.3).
struct ACMEOrder: Decodable, Equatable {
    enum Status: String, Decodable {
        case pending, ready, processing, valid, invalid
    }

    let status: Status
    var authorizations: [String] = []
    let finalize: String
    var certificate: String?
    var error: ACMEProblem?
}

/// A name that has to be proved, and how it can be (RFC 8555 section 7.1.4).
struct ACMEAuthorization: Decodable, Equatable {
    enum Status: String, Decodable {
        case pending, valid, invalid, deactivated, expired, revoked
    }

    let identifier: ACMEIdentifier
    let status: Status
    var challenges: [ACMEChallenge] = []

    /// Why it is invalid.
    var error: ACMEProblem? { challenges.lazy.compactMap(\.error).first }
}

/// One way to prove a name (RFC 8555 section 8). Of kinds that are not known here only the type is read.
struct ACMEChallenge: Decodable, Equatable {
    let type: String
    let url: String
    var token: String?
    var error: ACMEProblem?
}

/// What a certificate is for.
struct ACMEIdentifier: Codable, Equatable {
    var type = "dns"
    let value: String
}
