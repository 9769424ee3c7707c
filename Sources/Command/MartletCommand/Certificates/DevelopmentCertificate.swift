import Glibc
import MartletACME
import MartletServer
import MartletSettings

/// The certificate of a developer's machine, and of an authority of its own that browsers can be told to trust. Both are made once
/// and kept with the user's state.
///
/// The rules:
///
/// 1. Keys are readable for the user alone.
/// 2. The authority can vouch for this machine's names and no others: whoever gets its key can do no harm elsewhere.
/// 3. Several processes may start at once: one of them makes the files.
struct DevelopmentCertificate {
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    private static let (authority, certificate, key) = ("ca.pem", "cert.pem", "key.pem")
    private static let authorityKey = "ca-key.pem"

    private let files: StateFolder

    var folder: String { files.path }

    /// What to encrypt with.
    var site: TLSSite { TLSSite(certificate: "\(folder)/\(Self.certificate)", key: "\(folder)/\(Self.key)") }

    /// For the banner.
    var advice: String { "for this machine; have \(folder)/\(Self.authority) trusted, or: curl --cacert" }

    /// The one of this user; it is made if there is none, or if it is about to expire.
    static func find() throws -> DevelopmentCertificate {
        guard let state = StateHome.ofUser else {
            throw Problem(
                description: "--tls keeps its certificate in XDG_STATE_HOME or HOME, and neither is set to a folder."
            )
        }
        let made = DevelopmentCertificate(files: StateFolder("\(state)/development"))
        do {
            try made.files.make()
            let lock = open("\(made.folder)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard lock >= 0 else { throw made.files.problem("lock", "opened") }
            defer { close(lock) }
            while flock(lock, LOCK_EX) != 0, errno == EINTR {}
            try made.renew()
        } catch let problem as StateFolder.Problem {
            throw Problem(description: "--tls keeps its certificate in \(made.folder), and \(problem).")
        }
        return made
    }

    private func renew() throws {
        let authorityIsThere = access("\(folder)/\(Self.authority)", R_OK) == 0
        if authorityIsThere, CertificateStore.isGood(site, for: .seconds(30 * 86_400), names: MachineNames.all) {
            return
        }
        let (authorityText, authorityKeyText) = try authorityPair()
        let leaf = try CertificateMaker.leaf(names: MachineNames.all, authority: authorityText, key: authorityKeyText)
        try write(leaf.key, to: Self.key, mode: 0o600)
        try write(leaf.certificate, to: Self.certificate, mode: 0o644)
    }

    /// The authority that there is, if it is still good for a while, else a new one.
    private func authorityPair() throws -> (certificate: String, key: String) {
        if let certificate = read(Self.authority), let key = read(Self.authorityKey),
            CertificateMaker.isGood(certificate, of: MachineNames.own)
        {
            return (certificate, key)
        }
        let made = try CertificateMaker.authority(names: MachineNames.all, machine: MachineNames.own)
        try write(made.key, to: Self.authorityKey, mode: 0o600)
        try write(made.certificate, to: Self.authority, mode: 0o644)
        return made
    }

    private func read(_ name: String) -> String? { files.read(name).map { String(decoding: $0, as: UTF8.self) } }

    private func write(_ text: String, to name: String, mode: mode_t) throws {
        try files.write(Array(text.utf8), to: name, mode: mode)
    }
}

/// The names that this machine has for itself.
enum MachineNames {
    /// Empty if the system does not say, or says something that no certificate can have.
    static let own: String = {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, 255) == 0 else { return "" }
        let name = String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).lowercased()
        let isName = name.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x2E
        }
        return isName && name.utf8.count <= 63 && name != "localhost" ? name : ""
    }()

    static var all: [String] { ["localhost"] + (own.isEmpty ? [] : [own]) }
}
