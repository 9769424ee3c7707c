import Glibc
import MartletBytes
import MartletGateway
import NIOCore
package import NIOSSL

/// A site whose certificate has been read, ready for handshakes.
///
/// Each has a context of the TLS library of its own, and with it keys of its own for the tickets that sessions are resumed
/// with: a session of one site is worth nothing at another, whose rules for clients may differ (CVE-2025-23419).
package final class SecureSite: Sendable {
    let settings: TLSSite
    package let context: NIOSSLContext
    let names: CertificateNames
    /// What it asks of its clients; nil where that is nothing.
    let demand: ClientDemand?
    /// Seconds since 1970.
    package let expires: Int
    /// The files as they were read.
    let stamp: FileStamp
    private let valid: ClosedRange<Int>
    private let store: CertificateStore

    init(
        _ settings: TLSSite,
        chain: [NIOSSLCertificate],
        key: NIOSSLPrivateKey,
        stamp: FileStamp = FileStamp([]),
        in store: CertificateStore
    ) throws(TLSFault) {
        guard let leaf = chain.first else { throw TLSFault(.certificate, "there is no certificate") }
        self.settings = settings
        self.stamp = stamp
        self.store = store
        names = CertificateNames(leaf)
        expires = leaf.notValidAfter
        valid = leaf.notValidBefore...max(leaf.notValidBefore, leaf.notValidAfter)
        demand = try ClientDemand(of: settings)
        context = try Self.makeContext(settings, chain, key, demand)
    }

    /// Of a certificate that was put in.
    convenience init(
        _ settings: TLSSite,
        _ pair: CertificateStore.GivenPair,
        in store: CertificateStore
    ) throws(TLSFault) {
        try self.init(settings, chain: pair.chain, key: pair.key, stamp: FileStamp(settings.files), in: store)
    }

    /// Reads the files of a site.
    convenience init(reading settings: TLSSite, in store: CertificateStore) throws(TLSFault) {
        // Before they are read: a change meanwhile is then seen the next time.
        let stamp = FileStamp(settings.files)
        guard let certificate = settings.certificate else {
            throw TLSFault(.certificate, "there is no certificate yet")
        }
        let chain = try CertificateFiles.chain(certificate, .certificate)
        guard let path = settings.key else {
            throw TLSFault(.key, "the key of \(certificate) is missing: where is its private key?")
        }
        try self.init(settings, chain: chain, key: try CertificateFiles.key(path), stamp: stamp, in: store)
        try checkNames(certificate)
    }

    private static func makeContext(
        _ settings: TLSSite,
        _ chain: [NIOSSLCertificate],
        _ key: NIOSSLPrivateKey,
        _ demand: ClientDemand?
    ) throws(TLSFault) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.apply(settings.profile)
        configuration.applicationProtocols = ConnectionProtocol.offered
        if let demand {
            configuration.trustRoots = .certificates(demand.authorities)
            configuration.sendCANameList = true
            configuration.certificateVerification =
                demand.mode == .required ? .noHostnameVerification : .optionalVerification
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch NIOSSLError.failedToLoadPrivateKey {
            throw TLSFault(
                .key,
                "\(settings.key ?? "the key") is not the private key of \(settings.certificate ?? "the certificate"), whose "
                    + "first certificate must be the site's own"
            )
        } catch {
            throw TLSFault(
                .certificate,
                "the TLS library refuses \(settings.certificate ?? "the certificate"): \(LibraryWords.text("\(error)"))"
            )
        }
    }

    /// Why clients refuse the certificate today; nil if they take it.
    var concern: TLSFault? {
        guard let path = settings.certificate else { return nil }
        let now = time(nil)
        if valid.upperBound < now {
            let day = CivilTime(secondsSince1970: valid.upperBound).day(in: valid.upperBound)
            let text = "\(path) has expired on \(day); clients refuse it: have it renewed"
            return TLSFault(.certificate, text, isTolerable: true)
        }
        guard valid.lowerBound > now else { return nil }
        let day = CivilTime(secondsSince1970: valid.lowerBound).day(in: valid.lowerBound)
        let text = "\(path) is valid only from \(day) on; is the clock of this machine right?"
        return TLSFault(.certificate, text, isTolerable: true)
    }

    private func checkNames(_ path: String) throws(TLSFault) {
        let missing = settings.names.filter { !names.cover($0) }
        if !missing.isEmpty {
            let list = missing.map { "\($0)" }.joined(separator: ", ")
            throw TLSFault(
                .certificate,
                "\(path) is for \(names.description) and not for \(list), so clients that ask for that refuse it"
            )
        }
    }

    /// Of a connection whose client has asked for a name.
    ///
    /// - Parameter version: that of the store when this site was chosen.
    func coverage(of serverName: String?, since version: UInt64) -> any TLSCoverage {
        SiteCoverage(site: self, store: store, version: version, asked: serverName.map { Array($0.utf8) })
    }
}

extension CivilTime {
    fileprivate func day(in seconds: Int) -> String {
        "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
    }
}

extension TLSConfiguration {
    fileprivate mutating func apply(_ profile: TLSProfile) {
        minimumTLSVersion = profile == .modern ? .tlsv13 : .tlsv12
        // Those of TLS 1.2; the three of TLS 1.3 are all that there are. BoringSSL has no DHE, which old clients may miss.
        cipherSuites = [
            "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
            "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
        ].joined(separator: ":")
        curves = [.x25519_MLKEM768, .x25519, .secp256r1, .secp384r1]
        // Closing does not wait for the client's last word, so little is left to wait for.
        shutdownTimeout = .seconds(1)
    }
}
