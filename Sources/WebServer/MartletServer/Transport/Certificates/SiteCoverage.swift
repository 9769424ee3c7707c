import MartletBytes
import MartletGateway

/// Which requests a connection may carry: those for names that its certificate is for, unless the name's own site asks clients
/// for a certificate, or this connection's does (RFC 9110 section 7.4, RFC 9113 section 9.1.2).
///
/// A client without SNI, as many proxies are, has chosen no name; for it only the rules about clients count.
struct SiteCoverage: TLSCoverage {
    let site: SecureSite
    let store: CertificateStore
    let asked: [UInt8]?

    func admits(_ name: UnsafeRawBufferPointer?) -> Bool {
        if let name, let asked, ASCIICase.equals(name, asked) { return true }
        let own = store.site(of: name)
        if own === site || own?.settings == site.settings { return asked == nil || covers(name, own) }
        guard own?.verifiesClients != true, !site.verifiesClients else { return false }
        return asked == nil || covers(name, own)
    }

    /// Whether the client could take the certificate for this name; a name that nobody has a better one for is as good as
    /// the one that was asked for.
    private func covers(_ name: UnsafeRawBufferPointer?, _ own: SecureSite?) -> Bool {
        guard let name else { return true }
        return site.names.cover(name) || own?.names.cover(name) != true
    }
}
