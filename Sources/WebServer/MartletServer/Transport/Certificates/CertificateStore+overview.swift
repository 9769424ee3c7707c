import Synchronization

/// A certificate that is in use.
package struct CertificateOverview: Sendable {
    /// Empty for the one of every name.
    package let site: String
    /// Those that the certificate is for.
    package let names: String
    /// When it expires, in seconds since 1970.
    package let notAfter: Int
}

extension CertificateStore {
    /// What is in use, one for each site that encrypts.
    package var overview: [CertificateOverview] {
        table.withLock { $0.entries }.compactMap { entry in
            guard let site = entry.site else { return nil }
            return CertificateOverview(
                site: entry.settings.title ?? "",
                names: site.names.description,
                notAfter: site.expires
            )
        }
    }
}
