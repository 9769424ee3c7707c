#if MARTLET_ZSTD
import CZstd
import MartletBytes
import NIOCore

/// libzstd (RFC 8878).
final class ZstdEncoder: Encoder {
    private let context: OpaquePointer

    init?(level: Int) {
        guard let context = ZSTD_createCCtx() else { return nil }
        self.context = context
        // A window of 256 KB instead of 2 MB: an encoder takes less than 1 MB, and what is made while a client waits is
        // seldom larger. RFC 9659 allows 8 MB.
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Int32(clamping: level))
        ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 18)
    }

    deinit { ZSTD_freeCCtx(context) }

    func reset() -> Bool { ZSTD_isError(ZSTD_CCtx_reset(context, ZSTD_reset_session_only)) == 0 }

    func encode(_ input: UnsafeRawBufferPointer, _ step: EncoderStep, into output: inout ByteBuffer) throws {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        let operation =
            switch step {
            case .more: ZSTD_e_continue
            case .flush: ZSTD_e_flush
            case .finish: ZSTD_e_end
            }
        var rest = 0
        repeat {
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: 1024) { memory in
                var target = ZSTD_outBuffer(dst: memory.baseAddress, size: memory.count, pos: 0)
                rest = ZSTD_compressStream2(context, &target, &source, operation)
                return ZSTD_isError(rest) == 0 ? target.pos : 0
            }
            guard ZSTD_isError(rest) == 0 else { throw EncoderFailed(coding: .zstd) }
        } while step == .more ? source.pos < source.size : rest > 0
    }
}
#endif
