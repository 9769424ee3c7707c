import Crypto
import FoundationEssentials
import SwiftASN1
import X509

/// Makes certificates: those of a developer's own authority.
enum CertificateMaker {
    typealias Pair = (certificate: String, key: String)

    /// Browsers refuse certificates of more than 398 days, Apple's those of private authorities of more than 825.
    private static let leafLifetime = TimeInterval(365 * 86_400)
    private static let authorityLifetime = TimeInterval(10 * 365 * 86_400)
    /// Clocks differ.
    private static let margin = TimeInterval(3600)

    /// An authority for these names, their subdomains and the loopback addresses, and for nothing else.
    static func authority(names: [String], machine: String) throws -> Pair {
        let key = P256.Signing.PrivateKey()
        let name = try self.name(of: machine)
        let constraints = NameConstraints(
            permittedDNSDomains: names,
            permittedIPRanges: [
                ASN1OctetString(contentBytes: [127, 0, 0, 0, 255, 0, 0, 0]),
                ASN1OctetString(contentBytes: ArraySlice(loopback6 + [UInt8](repeating: 255, count: 16))),
            ]
        )
        return try make(
            key,
            subject: name,
            issuer: name,
            signedBy: key,
            lifetime: authorityLifetime,
            Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                Critical(constraints)
                SubjectKeyIdentifier(hash: Certificate.PublicKey(key.publicKey))
            }
        )
    }

    /// A certificate of a server for these names and the loopback addresses.
    static func leaf(names: [String], authority: String, key authorityKey: String) throws -> Pair {
        let issuer = try Certificate(pemEncoded: authority)
        let issuerKey = try P256.Signing.PrivateKey(pemRepresentation: authorityKey)
        let key = P256.Signing.PrivateKey()
        return try make(
            key,
            subject: try DistinguishedName { CommonName("localhost") },
            issuer: issuer.subject,
            signedBy: issuerKey,
            lifetime: leafLifetime,
            Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(
                    names.map { .dnsName($0) } + [
                        .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
                        .ipAddress(ASN1OctetString(contentBytes: ArraySlice(loopback6))),
                    ]
                )
                AuthorityKeyIdentifier(
                    keyIdentifier: SubjectKeyIdentifier(hash: Certificate.PublicKey(issuerKey.publicKey)).keyIdentifier
                )
            }
        )
    }

    /// Whether an authority is that of a machine, and will outlive a certificate that is made now.
    static func isGood(_ authority: String, of machine: String) -> Bool {
        guard let certificate = try? Certificate(pemEncoded: authority), let name = try? name(of: machine) else {
            return false
        }
        return certificate.subject == name && certificate.notValidAfter > Date().addingTimeInterval(leafLifetime)
    }

    private static func name(of machine: String) throws -> DistinguishedName {
        try DistinguishedName {
            CommonName("Martlet development authority" + (machine.isEmpty ? "" : " of \(machine)"))
        }
    }

    private static let loopback6 = [UInt8](repeating: 0, count: 15) + [1]

    private static func make(
        _ key: P256.Signing.PrivateKey,
        subject: DistinguishedName,
        issuer: DistinguishedName,
        signedBy issuerKey: P256.Signing.PrivateKey,
        lifetime: TimeInterval,
        _ extensions: Certificate.Extensions
    ) throws -> Pair {
        let now = Date()
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PublicKey(key.publicKey),
            notValidBefore: now.addingTimeInterval(-margin),
            notValidAfter: now.addingTimeInterval(lifetime),
            issuer: issuer,
            subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: extensions,
            issuerPrivateKey: Certificate.PrivateKey(issuerKey)
        )
        return (try certificate.serializeAsPEM().pemString + "\n", key.pemRepresentation + "\n")
    }
}
