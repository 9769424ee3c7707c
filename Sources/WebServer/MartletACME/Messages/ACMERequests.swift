/// What is sent to open an account (RFC 8555 section 7.3).
struct NewAccount: Encodable {
    var contact: [String]?
    let termsOfServiceAgreed = true
    var externalAccountBinding: SignedMessage?
}

/// What is sent when the address for news has changed.
struct AccountChange: Encodable {
    let contact: [String]
}

/// What is sent for a new certificate (RFC 8555 section 7.4).
struct NewOrder: Encodable {
    let identifiers: [ACMEIdentifier]
    /// The certificate that it takes the place of (RFC 9773 section 5).
    var replaces: String?
}

/// What is sent when all names are proved.
struct Finalization: Encodable {
    /// In DER and Base64 for URLs.
    let csr: String
}

/// The empty object: the proof of a name is in place.
struct ChallengeReady: Encodable {}
