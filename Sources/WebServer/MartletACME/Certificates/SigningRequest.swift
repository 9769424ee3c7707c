import Crypto
import SwiftASN1
import X509

/// What an authority is asked to sign: a new key, and the names that it is for (RFC 8555 section 7.4).
struct SigningRequest {
    let der: [UInt8]
    /// In PEM.
    let key: [UInt8]

    init(for names: [String]) throws {
        let key = P256.Signing.PrivateKey()
        let extensions = try Certificate.Extensions { SubjectAlternativeNames(names.map { .dnsName($0) }) }
        let request = try CertificateSigningRequest(
            version: .v1,
            // Authorities take the names from the extension.
            subject: DistinguishedName(),
            privateKey: Certificate.PrivateKey(key),
            attributes: CertificateSigningRequest.Attributes([.init(ExtensionRequest(extensions: extensions))]),
            signatureAlgorithm: .ecdsaWithSHA256
        )
        var serializer = DER.Serializer()
        try serializer.serialize(request)
        der = serializer.serializedBytes
        self.key = Array("\(key.pemRepresentation)\n".utf8)
    }
}
