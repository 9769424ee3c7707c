import MartletBytes
import NIOSSL

/// How connections to upstreams are encrypted.
enum UpstreamTLS {
    static func context(
        _ configuration: ProxyConfiguration,
        offering protocols: UpstreamProtocols
    ) throws(UpstreamTLSError) -> NIOSSLContext {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.applicationProtocols = protocols.names
        tls.certificateVerification = configuration.verifiesCertificates ? .fullVerification : .none
        if let file = configuration.authority {
            do { tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(file)) } catch {
                throw UpstreamTLSError(
                    description: "\(file) is no file with certificates in PEM form: \(LibraryWords.text("\(error)"))"
                )
            }
        }
        do { return try NIOSSLContext(configuration: tls) } catch {
            throw UpstreamTLSError(description: "TLS to upstreams cannot be set up: \(LibraryWords.text("\(error)"))")
        }
    }
}

/// Certificates for upstreams that cannot be used.
package struct UpstreamTLSError: Error, CustomStringConvertible {
    package let description: String
}
