#if MARTLET_BROTLI
import CBrotli
import MartletBytes
import NIOCore

/// Google's encoder (RFC 7932). It has no way to begin anew, so each body takes a new one.
final class BrotliEncoder: Encoder {
    private let state: OpaquePointer

    init?(quality: Int) {
        guard let state = BrotliEncoderCreateInstance(nil, nil, nil) else { return nil }
        self.state = state
        BrotliEncoderSetParameter(state, BROTLI_PARAM_QUALITY, UInt32(clamping: quality))
        // A window of 256 KB, as for zstd, instead of 4 MB.
        BrotliEncoderSetParameter(state, BROTLI_PARAM_LGWIN, 18)
    }

    deinit { BrotliEncoderDestroyInstance(state) }

    func reset() -> Bool { false }

    func encode(_ input: UnsafeRawBufferPointer, _ step: EncoderStep, into output: inout ByteBuffer) throws {
        var available = input.count
        var next = input.bindMemory(to: UInt8.self).baseAddress
        let operation =
            switch step {
            case .more: BROTLI_OPERATION_PROCESS
            case .flush: BROTLI_OPERATION_FLUSH
            case .finish: BROTLI_OPERATION_FINISH
            }
        repeat {
            var succeeds = BROTLI_FALSE
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: 1024) { memory in
                var room = memory.count
                var place = memory.bindMemory(to: UInt8.self).baseAddress
                succeeds = BrotliEncoderCompressStream(state, operation, &available, &next, &room, &place, nil)
                return memory.count - room
            }
            guard succeeds == BROTLI_TRUE else { throw EncoderFailed(coding: .brotli) }
        } while available > 0 || BrotliEncoderHasMoreOutput(state) == BROTLI_TRUE
    }
}
#endif
