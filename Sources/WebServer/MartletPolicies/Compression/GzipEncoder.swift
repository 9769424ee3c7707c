import CZlib
import MartletBytes
import NIOCore

/// zlib, with gzip's frame (RFC 1952).
final class GzipEncoder: Encoder {
    /// zlib's state points to it, so it must stay where it is.
    private let stream: UnsafeMutablePointer<z_stream>

    init?(level: Int) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // A window of 32 KB, with gzip's frame; 8 is zlib's default for memory: 256 KB in all.
        let code = deflateInit2_(
            stream,
            Int32(clamping: level),
            Z_DEFLATED,
            15 + 16,
            8,
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)
        )
        guard code == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    func reset() -> Bool { deflateReset(stream) == Z_OK }

    func encode(_ input: UnsafeRawBufferPointer, _ step: EncoderStep, into output: inout ByteBuffer) throws {
        var rest = input
        repeat {
            // zlib counts with 32 bits.
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
            try encodePiece(piece, rest.isEmpty ? step : .more, into: &output)
        } while !rest.isEmpty
    }

    private func encodePiece(_ input: UnsafeRawBufferPointer, _ step: EncoderStep, into output: inout ByteBuffer) throws
    {
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(input.count)
        let flush =
            switch step {
            case .more: Z_NO_FLUSH
            case .flush: Z_SYNC_FLUSH
            case .finish: Z_FINISH
            }
        var code = Z_OK
        repeat {
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: 1024) { memory in
                let room = UInt32(clamping: memory.count)
                stream.pointee.next_out = memory.bindMemory(to: UInt8.self).baseAddress
                stream.pointee.avail_out = room
                code = deflate(stream, flush)
                return Int(room - stream.pointee.avail_out)
            }
            // Nothing left to do is no error.
            guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else {
                throw EncoderFailed(coding: .gzip)
            }
        } while stream.pointee.avail_out == 0 && code != Z_STREAM_END
        stream.pointee.next_in = nil
        stream.pointee.next_out = nil
    }
}
