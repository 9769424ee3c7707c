import MartletBytes

/// A certificate on the disk: its key and its chain in one file, so that they always belong together.
struct CertificateFile: Sendable {
    private let folder: StateFolder
    private let name: String

    /// - Parameter names: of one certificate. Other names have another file.
    init(for names: [String], in folder: StateFolder) {
        self.folder = folder.folder("certificates")
        let first = names.first ?? "none"
        name = (names.count > 1 ? "\(first)+\(names.count - 1)-\(Hex.text(NameMark.of(names)))" : first) + ".pem"
    }

    func read() -> CertificatePair? {
        guard let bytes = folder.read(name), let end = bytes.firstRange(of: Array("-----BEGIN CERTIFICATE".utf8))
        else { return nil }
        return CertificatePair(chain: Array(bytes[end.lowerBound...]), key: Array(bytes[..<end.lowerBound]))
    }

    func write(_ pair: CertificatePair) throws { try folder.write(pair.key + pair.chain, to: name) }
}
