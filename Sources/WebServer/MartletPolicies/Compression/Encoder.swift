import MartletBytes
import NIOCore

/// Compresses one body after the other.
///
/// Not used by two threads at a time: who has it from the ``EncoderPool`` owns it.
protocol Encoder: AnyObject {
    /// Compresses all of the input.
    ///
    /// - Throws: ``EncoderFailed``.
    func encode(_ input: UnsafeRawBufferPointer, _ step: EncoderStep, into output: inout ByteBuffer) throws
    /// Makes it ready for another body.
    ///
    /// - Returns: false if it cannot be used again.
    func reset() -> Bool
}

enum EncoderStep: Sendable {
    /// More follows at once.
    case more
    /// Everything so far can be decoded by who has got it.
    case flush
    case finish
}

/// A library could not compress: it has no memory.
struct EncoderFailed: Error, CustomStringConvertible {
    let coding: ContentCoding

    var description: String { "The answer could not be compressed: \(coding.rawValue) failed." }
}

extension Encoder {
    func encode(_ input: ByteBuffer, _ step: EncoderStep, into output: inout ByteBuffer) throws {
        try input.withUnsafeReadableBytes { try encode($0, step, into: &output) }
    }
}

extension ContentCoding {
    /// Nil if there is no memory, or no library.
    func makeEncoder(_ configuration: CompressionConfiguration) -> (any Encoder)? {
        switch self {
        case .gzip: return GzipEncoder(level: configuration.gzipLevel)
        case .zstd:
            #if MARTLET_ZSTD
            return ZstdEncoder(level: configuration.zstdLevel)
            #else
            return nil
            #endif
        case .brotli:
            #if MARTLET_BROTLI
            return BrotliEncoder(quality: configuration.brotliQuality)
            #else
            return nil
            #endif
        }
    }
}
