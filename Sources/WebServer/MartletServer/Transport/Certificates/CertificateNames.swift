import MartletBytes
import MartletGateway
import NIOSSL

/// The names that a certificate is for: those of its subjectAltName, as clients read it. They ignore the common name (RFC 9525
/// section 2).
struct CertificateNames: Sendable {
    private var hosts: [HostName] = []
    private var addresses: [IPAddress] = []

    init(_ certificate: NIOSSLCertificate) {
        for name in certificate._subjectAlternativeNames() {
            switch name.nameType {
            case .dnsName:
                if let host = try? HostName(parsing: String(decoding: name.contents, as: UTF8.self)) {
                    hosts.append(host)
                }
            case .ipAddress:
                if let address = IPAddress(bytes: Array(name.contents)) { addresses.append(address) }
            default: break
            }
        }
    }

    /// Whether a client that asks for this name takes the certificate.
    func cover(_ name: UnsafeRawBufferPointer) -> Bool {
        if let address = IPAddress(literal: name) { return addresses.contains(address) }
        return hosts.contains { $0.matches(name) }
    }

    /// The same for all names of a wildcard.
    func cover(_ name: HostName) -> Bool {
        if name.isWildcard { return hosts.contains(name) }
        return name.name.withUnsafeBytes { cover($0) }
    }

    var description: String {
        let all = hosts.map { "\($0)" } + addresses.map { "\($0)" }
        let shown = all.prefix(5).joined(separator: ", ")
        return all.isEmpty ? "no name (it has no subjectAltName)" : shown + (all.count > 5 ? ", …" : "")
    }
}

extension IPAddress {
    /// An address in an authority: IPv6 in brackets.
    fileprivate init?(literal name: UnsafeRawBufferPointer) {
        if name.first == UInt8(ascii: "["), name.last == UInt8(ascii: "]"), name.count > 2 {
            self.init(name[1..<(name.count - 1)])
        } else if name.last.map(ASCII.isDigit) == true {
            self.init(name)
        } else {
            return nil
        }
    }
}
