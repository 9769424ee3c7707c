/// A certificate with those that vouch for it, and its private key, all in PEM.
package struct CertificatePair: Sendable, Equatable {
    /// The site's own first.
    package let chain: [UInt8]
    package let key: [UInt8]
}
