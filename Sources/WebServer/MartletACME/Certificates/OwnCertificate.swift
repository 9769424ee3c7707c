import Crypto
import FoundationEssentials
import Glibc
import SwiftASN1
import X509

/// Certificates that nobody vouches for.
enum OwnCertificate {
    /// Stands in until an authority has given one: clients refuse it, unless they are told not to.
    static func placeholder(for names: [String]) throws -> CertificatePair {
        try make(names, "Martlet: no certificate yet", lifetime: 90 * 86_400)
    }

    /// Proves a name to an authority (RFC 8737 section 3).
    static func proof(of name: String, _ keyAuthorization: String) throws -> CertificatePair {
        let digest = Array(SHA256.hash(data: Array(keyAuthorization.utf8)))
        var serializer = DER.Serializer()
        try serializer.serialize(ASN1OctetString(contentBytes: digest[...]))
        let proof = Certificate.Extension(
            oid: [1, 3, 6, 1, 5, 5, 7, 1, 31],
            critical: true,
            value: serializer.serializedBytes[...]
        )
        return try make([name], name, lifetime: 3600, proof)
    }

    private static func make(
        _ names: [String],
        _ title: String,
        lifetime: TimeInterval,
        _ addition: Certificate.Extension? = nil
    ) throws -> CertificatePair {
        let key = P256.Signing.PrivateKey()
        let subject = try DistinguishedName { CommonName(title) }
        var extensions = try Certificate.Extensions {
            Critical(BasicConstraints.notCertificateAuthority)
            Critical(KeyUsage(digitalSignature: true))
            SubjectAlternativeNames(names.map { .dnsName($0) })
        }
        if let addition { try extensions.append(addition) }
        let now = Date(timeIntervalSince1970: TimeInterval(Glibc.time(nil)))
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PublicKey(key.publicKey),
            // Clocks differ.
            notValidBefore: now.addingTimeInterval(-3600),
            notValidAfter: now.addingTimeInterval(lifetime),
            issuer: subject,
            subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: extensions,
            issuerPrivateKey: Certificate.PrivateKey(key)
        )
        return CertificatePair(
            chain: Array("\(try certificate.serializeAsPEM().pemString)\n".utf8),
            key: Array("\(key.pemRepresentation)\n".utf8)
        )
    }
}
