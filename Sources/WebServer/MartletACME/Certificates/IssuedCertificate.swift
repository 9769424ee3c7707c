import Crypto
import FoundationEssentials
import MartletBytes
import SwiftASN1
import X509

/// A certificate that an authority has given, as far as it has to be known: whose it is and how long it is good for.
struct IssuedCertificate: Sendable, Equatable {
    enum Fault: Error, CustomStringConvertible {
        case noCertificate
        case wrongKey
        case missingName(String)

        var description: String {
            switch self {
            case .noCertificate: "there is no certificate in it"
            case .wrongKey: "it is for another key than the one that was sent"
            case .missingName(let name): "it is not for \(name)"
            }
        }
    }

    let pair: CertificatePair
    /// For people: the name of the authority.
    let issuer: String
    /// Seconds since 1970.
    let notBefore: Int
    let notAfter: Int
    /// What it is called when its renewal is asked for; nil if it cannot be.
    let renewalName: String?

    /// - Throws: ``Fault`` and what the parser throws. Then it is of no use for these names.
    init(_ pair: CertificatePair, for names: [String]) throws {
        let documents = try PEMDocument.parseMultiple(pemString: String(decoding: pair.chain, as: UTF8.self))
        guard let first = documents.first(where: { $0.discriminator == "CERTIFICATE" }) else {
            throw Fault.noCertificate
        }
        let leaf = try Certificate(pemDocument: first)
        let key = try P256.Signing.PrivateKey(pemRepresentation: String(decoding: pair.key, as: UTF8.self))
        guard leaf.publicKey == Certificate.PublicKey(key.publicKey) else { throw Fault.wrongKey }
        let own = (try leaf.extensions.subjectAlternativeNames ?? SubjectAlternativeNames([])).compactMap { name in
            if case .dnsName(let text) = name { text.lowercased() } else { nil }
        }
        if let missing = names.first(where: { !own.contains($0) }) { throw Fault.missingName(missing) }
        self.pair = pair
        issuer = Self.title(of: leaf.issuer)
        notBefore = Int(leaf.notValidBefore.timeIntervalSince1970)
        notAfter = Int(leaf.notValidAfter.timeIntervalSince1970)
        renewalName = (try leaf.extensions.authorityKeyIdentifier)?.keyIdentifier.map {
            Self.renewalName(authority: $0, serial: leaf.serialNumber.bytes)
        }
    }

    /// RFC 9773 section 4.1.
    static func renewalName(authority: some Sequence<UInt8>, serial: some Collection<UInt8>) -> String {
        // As DER has an integer: as short as it can be, and positive.
        var bytes = Array(serial.drop { $0 == 0 })
        if bytes.first.map({ $0 >= 0x80 }) ?? true { bytes.insert(0, at: 0) }
        return "\(Base64URL.encode(authority)).\(Base64URL.encode(bytes))"
    }

    private static func title(of name: DistinguishedName) -> String {
        func part(_ type: ASN1ObjectIdentifier) -> String? {
            name.lazy.flatMap { $0 }.first { $0.type == type }.map { "\($0.value)" }
        }
        let parts = [part(.RDNAttributeType.organizationName), part(.RDNAttributeType.commonName)].compactMap { $0 }
        return parts.isEmpty ? "\(name)" : parts.joined(separator: ", ")
    }
}
