/// Something that is wrong with what a site encrypts with, in words for the person who set it up.
package struct TLSFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// The setting that it belongs to.
    package enum Subject: String, Sendable, Hashable {
        case certificate
        case key
        case clientAuthority = "client-ca"
    }

    package let subject: Subject
    package let description: String
    /// A server can go on with it, and does: time alone has made it wrong, and may make it right.
    package let isTolerable: Bool
    /// This process may not read the file, as one that was started by root and is another user now.
    package let isForbidden: Bool

    init(_ subject: Subject, _ description: String, isTolerable: Bool = false, isForbidden: Bool = false) {
        self.subject = subject
        self.description = description
        self.isTolerable = isTolerable
        self.isForbidden = isForbidden
    }
}

/// Why a server cannot encrypt.
public struct TLSFailure: Error, Sendable, CustomStringConvertible {
    /// Each with the name of its site; nil for that of every other name.
    package let faults: [(site: String?, fault: TLSFault)]
    private let general: String?

    init(_ faults: [(site: String?, fault: TLSFault)]) {
        self.faults = faults
        general = nil
    }

    /// An address is to be encrypted, but nothing says with what.
    static func noCertificate(_ address: String) -> TLSFailure {
        TLSFailure(
            general: "\(address) needs a certificate, and there is none. Give one with its key: "
                + "--certificate cert.pem --key key.pem, or tls = { certificate = \"cert.pem\", key = \"key.pem\" } in a "
                + "file; martlet run has --tls, which makes one for this machine."
        )
    }

    private init(general: String) {
        faults = []
        self.general = general
    }

    public var description: String {
        general ?? faults.map { ($0.site.map { "\($0): " } ?? "") + "\($0.fault)" }.joined(separator: " ")
    }
}
