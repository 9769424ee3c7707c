import MartletBytes
import MartletGateway

/// How a file beside another one is compressed.
enum ContentCoding: String, Sendable, CaseIterable {
    case zstd, br, gzip

    /// What such a file has behind its name.
    var suffix: String {
        switch self {
        case .zstd: ".zst"
        case .br: ".br"
        case .gzip: ".gz"
        }
    }

    private var name: StaticString {
        switch self {
        case .zstd: "zstd"
        case .br: "br"
        case .gzip: "gzip"
        }
    }

    /// How much a client likes it, from 0 to 1000 (RFC 9110 section 12.5.3).
    func quality(in value: UnsafeRawBufferPointer) -> Int {
        QualityList.quality(of: name, in: value) ?? QualityList.quality(of: "*", in: value) ?? 0
    }
}
