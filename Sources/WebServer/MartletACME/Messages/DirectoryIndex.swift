/// What a certificate authority offers, and where (RFC 8555 section 7.1.1).
struct DirectoryIndex: Decodable, Equatable {
    struct Facts: Decodable, Equatable {
        var termsOfService: String?
        var externalAccountRequired: Bool?
    }

    let newNonce: String
    let newAccount: String
    let newOrder: String
    /// RFC 9773.
    var renewalInfo: String?
    var meta: Facts?
}
