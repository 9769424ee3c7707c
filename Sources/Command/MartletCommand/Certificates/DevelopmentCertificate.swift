import Glibc
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

    let folder: String

    /// What to encrypt with.
    var site: TLSSite { TLSSite(certificate: "\(folder)/\(Self.certificate)", key: "\(folder)/\(Self.key)") }

    /// For the banner.
    var advice: String { "for this machine; have \(folder)/\(Self.authority) trusted, or: curl --cacert" }

    /// The one of this user; it is made if there is none, or if it is about to expire.
    static func find() throws -> DevelopmentCertificate {
        let folder = try self.folder()
        try makeFolder(folder)
        let lock = open("\(folder)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw problem(folder, "written to") }
        defer { close(lock) }
        while flock(lock, LOCK_EX) != 0, errno == EINTR {}
        let made = DevelopmentCertificate(folder: folder)
        try made.renew()
        return made
    }

    private static func folder() throws(Problem) -> String {
        guard let state = StateHome.ofUser else {
            throw Problem(
                description: "--tls keeps its certificate in XDG_STATE_HOME or HOME, and neither is set to a folder."
            )
        }
        return "\(state)/development"
    }

    private static func makeFolder(_ path: String) throws(Problem) {
        var made = ""
        for part in path.split(separator: "/") {
            made += "/\(part)"
            guard mkdir(made, 0o700) == 0 || errno == EEXIST else { throw problem(made, "made") }
        }
    }

    private static func problem(_ path: String, _ what: String) -> Problem {
        Problem(
            description:
                "--tls keeps its certificate in \(path), which cannot be \(what): \(String(cString: strerror(errno)))."
        )
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

    private func read(_ name: String) -> String? {
        guard let file = fopen("\(folder)/\(name)", "re") else { return nil }
        defer { fclose(file) }
        var block = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&block, 1, block.count, file)
        return String(decoding: block.prefix(count), as: UTF8.self)
    }

    /// Whole or not at all.
    private func write(_ text: String, to name: String, mode: mode_t) throws(Problem) {
        let path = "\(folder)/\(name)"
        let descriptor = open("\(path).new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw Self.problem(path, "written") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard fchmod(descriptor, mode) == 0, Glibc.write(descriptor, bytes, bytes.count) == bytes.count,
            fsync(descriptor) == 0, rename("\(path).new", path) == 0
        else { throw Self.problem(path, "written") }
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
