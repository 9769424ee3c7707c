import MartletBytes
import MartletGateway

/// Which requests a connection may carry: those for names that its certificate is for, unless the name's own site asks clients
/// for a certificate, or this connection's does (RFC 9110 section 7.4, RFC 9113 section 9.1.2).
///
/// The rules:
///
/// 1. What a site asks of its clients now counts, and not what it asked when the connection was made.
/// 2. A client without SNI, as many proxies are, has chosen no name; for it only the rules about clients count.
struct SiteCoverage: TLSCoverage {
    let site: SecureSite
    let store: CertificateStore
    /// Of the store, when the site was chosen.
    let version: UInt64
    let asked: [UInt8]?

    func admits(_ name: UnsafeRawBufferPointer?) -> Bool {
        let isAsked = if let name, let asked { ASCIICase.equals(name, asked) } else { false }
        // The usual request: nothing has changed since the handshake.
        if isAsked, version == store.version { return true }
        let entry = store.entry(of: name)
        if let entry, entry.site === site || entry.settings.names == site.settings.names {
            guard meets(entry) else { return false }
        } else if site.demand != nil || entry?.settings.verifiesClients == true {
            return false
        }
        return isAsked || asked == nil || covers(name, entry?.site)
    }

    /// Whether it could not be used even for the name that it was made for.
    var isOutdated: Bool {
        guard version != store.version else { return false }
        guard let asked else { return !admits(nil) }
        return !asked.withUnsafeBytes { admits($0) }
    }

    private func meets(_ entry: CertificateStore.Entry) -> Bool {
        guard entry.settings.verifiesClients else { return true }
        return entry.site.map { $0.demand == site.demand } == true
    }

    /// Whether the client could take the certificate for this name; a name that nobody has a better one for is as good as
    /// the one that was asked for.
    private func covers(_ name: UnsafeRawBufferPointer?, _ own: SecureSite?) -> Bool {
        guard let name else { return true }
        return site.names.cover(name) || own?.names.cover(name) != true
    }
}
