import MartletBytes
import MartletGateway

/// A file beside another one that is compressed.
extension ContentCoding {
    /// What such a file has behind its name.
    var suffix: String {
        switch self {
        case .zstd: ".zst"
        case .brotli: ".br"
        case .gzip: ".gz"
        }
    }

    private var name: StaticString {
        switch self {
        case .zstd: "zstd"
        case .brotli: "br"
        case .gzip: "gzip"
        }
    }

    /// How much a client likes it, from 0 to 1000 (RFC 9110 section 12.5.3).
    func quality(in value: UnsafeRawBufferPointer) -> Int {
        QualityList.quality(of: name, in: value) ?? QualityList.quality(of: "*", in: value) ?? 0
    }
}
