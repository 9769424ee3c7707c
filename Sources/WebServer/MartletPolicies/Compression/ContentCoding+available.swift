package import MartletBytes

extension ContentCoding {
    /// Those that this build can make.
    package static let available: [ContentCoding] = allCases.filter { $0.makesEncoder }

    /// What this build can do, and how to get the rest, for people.
    package static var summary: String {
        let missing = allCases.filter { !$0.makesEncoder }.map { "\($0.rawValue) (build with \($0.package))" }
        let made = "compression: " + available.map(\.rawValue).joined(separator: ", ")
        return missing.isEmpty ? made : made + "; without " + missing.joined(separator: ", ")
    }

    /// Debian's package with the headers.
    private var package: String {
        switch self {
        case .zstd: "libzstd-dev"
        case .brotli: "libbrotli-dev"
        case .gzip: "zlib1g-dev"
        }
    }

    private var makesEncoder: Bool {
        switch self {
        case .gzip: return true
        case .zstd:
            #if MARTLET_ZSTD
            return true
            #else
            return false
            #endif
        case .brotli:
            #if MARTLET_BROTLI
            return true
            #else
            return false
            #endif
        }
    }
}
