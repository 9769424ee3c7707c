import MartletBytes
import NIOSSL

/// A certificate whose name is an asterisk and nothing else. The TLS library takes it for every name without a dot, such as `localhost`
/// or that of a container; browsers, OpenSSL and Go for none (RFC 9525 section 6.3: an asterisk stands for the first of several labels).
struct WildcardName: Error, CustomStringConvertible {
    let name: String

    var description: String {
        "its certificate is not one for its name (it is for *, and not for \(name)); name it with tls-name"
    }

    /// - Parameter name: whose certificate is expected; nil for that of an address, which only an address matches.
    init?(in certificate: NIOSSLCertificate?, for name: String?) {
        guard let name, !name.contains("."), let certificate else { return nil }
        let names = certificate._subjectAlternativeNames().filter { $0.nameType == .dnsName }.map { Array($0.contents) }
        let lowercased = name.utf8.map(ASCIICase.lowercased)
        let isNamed = names.contains { ASCIICase.equals($0, lowercased) }
        // The common name counts where there are no others.
        let isOnlyCommon = certificate._subjectAlternativeNames().isEmpty
        guard !isNamed, !isOnlyCommon || certificate.description.hasSuffix(";common_name=*>") else { return nil }
        self.name = name
    }
}
