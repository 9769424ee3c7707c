import MartletBytes
import NIOSSL

/// Reading of certificates and keys, so that what is wrong with a file is said in full.
enum CertificateFiles {
    /// Far more than a chain needs.
    private static let mostBytes = 1 << 20

    static func chain(_ path: String, _ subject: TLSFault.Subject) throws(TLSFault) -> [NIOSSLCertificate] {
        let bytes = try read(path, subject)
        guard contains(bytes, "-----BEGIN CERTIFICATE-----") else {
            let what =
                contains(bytes, "PRIVATE KEY-----") ? "a private key and no certificate: are the two swapped?" : nil
            throw TLSFault(subject, "\(path) is " + (what ?? notPEM(bytes, "x509", "certificate")))
        }
        guard let chain = try? NIOSSLCertificate.fromPEMBytes(bytes), !chain.isEmpty else {
            throw TLSFault(
                subject,
                "\(path) has a certificate that cannot be read; is it complete? See: openssl x509 -in \(path) -text"
            )
        }
        return chain
    }

    static func key(_ path: String) throws(TLSFault) -> NIOSSLPrivateKey {
        let bytes = try read(path, .key)
        if contains(bytes, "-----BEGIN ENCRYPTED PRIVATE KEY-----")
            || contains(bytes, "ENCRYPTED") && contains(bytes, "Proc-Type:")
        {
            throw TLSFault(
                .key,
                "\(path) is encrypted, and nobody is there to type its password when the server starts; write it without: "
                    + "openssl pkey -in \(path) -out key.pem, readable for the server alone"
            )
        }
        guard contains(bytes, "PRIVATE KEY-----") else {
            let what =
                contains(bytes, "-----BEGIN CERTIFICATE-----")
                ? "a certificate and no private key: are the two swapped?" : nil
            throw TLSFault(.key, "\(path) is " + (what ?? notPEM(bytes, "pkey", "key")))
        }
        guard let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) else {
            throw TLSFault(.key, "\(path) has a private key that cannot be read; see: openssl pkey -in \(path) -check")
        }
        return key
    }

    private static func read(_ path: String, _ subject: TLSFault.Subject) throws(TLSFault) -> [UInt8] {
        do throws(RegularFile.Problem) {
            return try RegularFile.read(path, atMost: mostBytes)
        } catch {
            switch error {
            case .missing: throw TLSFault(subject, "there is no file \(path)")
            case .forbidden:
                throw TLSFault(
                    subject,
                    "\(path) cannot be read by this user; give it to the server's user or group, or read it in as root",
                    isForbidden: true
                )
            case .tooLarge: throw TLSFault(subject, "\(path) is larger than 1 MB: a wrong file?")
            case let problem: throw TLSFault(subject, "\(path) cannot be read: \(problem)")
            }
        }
    }

    private static func contains(_ bytes: [UInt8], _ text: StaticString) -> Bool {
        text.withUTF8Buffer { bytes.firstRange(of: $0) != nil }
    }

    /// What a file is that has no PEM in it.
    private static func notPEM(_ bytes: [UInt8], _ command: String, _ what: String) -> String {
        // DER begins with a SEQUENCE.
        bytes.first == 0x30
            ? "in DER, not in PEM; convert it: openssl \(command) -inform der -in FILE -out \(what).pem"
            : "not a \(what) in PEM: it has no line '-----BEGIN \(command == "pkey" ? "PRIVATE KEY" : "CERTIFICATE")-----'"
    }
}
