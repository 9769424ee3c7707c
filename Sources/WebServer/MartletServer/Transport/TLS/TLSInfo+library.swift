import MartletGateway
import NIOSSL

extension TLSVersion {
    /// As OpenSSL writes it.
    var name: String {
        switch self {
        case .tlsv1: "TLSv1"
        case .tlsv11: "TLSv1.1"
        case .tlsv12: "TLSv1.2"
        case .tlsv13: "TLSv1.3"
        }
    }
}

extension ClientCertificate {
    init?(_ certificate: NIOSSLCertificate) {
        guard let bytes = try? certificate.toDERBytes() else { return nil }
        // A certificate has the most general part first, the text form the most specific one (RFC 4514 section 2.1).
        let subject = certificate.subjectName.reversed().compactMap { part in
            part.type.shortName.map { "\($0)=\(Self.escaped(part.value))" }
        }
        self.init(
            subject: subject.joined(separator: ","),
            names: certificate._subjectAlternativeNames().compactMap { name in
                switch name.nameType {
                case .dnsName, .email, .uri: String(validating: name.contents, as: UTF8.self)
                default: nil
                }
            },
            bytes: bytes
        )
    }

    /// RFC 4514 section 2.4.
    private static func escaped(_ value: String) -> String {
        var text = ""
        for (index, scalar) in value.unicodeScalars.enumerated() {
            let isEdge = index == 0 || index == value.unicodeScalars.count - 1
            switch scalar {
            case ",", "+", "\"", "\\", "<", ">", ";": text += "\\"
            case " " where isEdge, "#" where index == 0: text += "\\"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                text += "\\" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
                continue
            default: break
            }
            text.unicodeScalars.append(scalar)
        }
        return text
    }
}

extension SSLCertificateNameType {
    /// Of the attributes that a subject usually has (RFC 4514 section 3); nil for the others.
    fileprivate var shortName: String? {
        switch self {
        case .commonName: "CN"
        case .organization: "O"
        case .organizationalUnit: "OU"
        case .state: "ST"
        case .country: "C"
        case .city: "L"
        case .emailAddress: "emailAddress"
        case .userId: "UID"
        default: nil
        }
    }
}
