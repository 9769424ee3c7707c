import NIOSSL

/// What a site asks of its clients. A connection that was made under another demand has not met this one.
struct ClientDemand: Sendable, Equatable {
    let mode: ClientCertificateMode
    /// Whoever vouches for them, as it stood in the file.
    let authorities: [NIOSSLCertificate]

    /// Nil where nothing is asked.
    init?(of settings: TLSSite) throws(TLSFault) {
        guard let path = settings.clientAuthority else { return nil }
        mode = settings.clientCertificates
        authorities = try CertificateFiles.chain(path, .clientAuthority)
    }
}
