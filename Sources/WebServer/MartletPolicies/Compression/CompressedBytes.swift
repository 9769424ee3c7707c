import Glibc
import MartletGateway
import NIOCore
import NIOPosix

/// Work of encoders that would hold up a loop.
enum CompressionThreads {
    /// So much is compressed in one go there, and then sent.
    static let piece = 65_536

    static func run(_ work: @escaping @Sendable () throws -> ByteBuffer) async throws -> ByteBuffer {
        try await NIOThreadPool.singleton.runIfActive(work)
    }
}

/// A large body that is all here.
struct CompressedBytes: Sendable {
    private let bytes: ByteBuffer
    private let encoder: LentEncoder

    init(_ bytes: ByteBuffer, _ encoder: LentEncoder) {
        self.bytes = bytes
        self.encoder = encoder
    }

    func send(to writer: BodyWriter) async throws {
        var rest = bytes
        while let piece = rest.readSlice(length: min(rest.readableBytes, CompressionThreads.piece)) {
            let isLast = rest.readableBytes == 0
            let encoder = encoder
            let output = try await CompressionThreads.run {
                var output = ByteBuffer()
                try encoder.encode(piece, isLast ? .finish : .more, into: &output)
                return output
            }
            try await writer.write(output)
            if isLast { return }
        }
    }
}

/// A file, read and compressed on a thread that may wait for the disk.
struct CompressedFile: Sendable {
    private let descriptor: OwnedDescriptor
    private let range: FileRange
    private let encoder: LentEncoder

    /// Nil if it cannot be opened: then the server says why.
    init?(_ range: FileRange, _ encoder: LentEncoder) {
        switch range.source {
        case .descriptor(let open): descriptor = open
        case .path(let path):
            let number = open(path, O_RDONLY | O_CLOEXEC)
            guard number >= 0 else { return nil }
            descriptor = OwnedDescriptor(number)
        }
        self.range = range
        self.encoder = encoder
    }

    func send(to writer: BodyWriter) async throws {
        var offset = range.offset
        var rest = range.length
        while rest > 0 {
            let wanted = min(rest, CompressionThreads.piece)
            let isLast = wanted == rest
            let place = offset
            let output = try await CompressionThreads.run { [descriptor, encoder] in
                var input = ByteBuffer()
                try input.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { memory in
                    var count = 0
                    while count < wanted {
                        let base = memory.baseAddress.map { $0 + count }
                        let got = pread(descriptor.number, base, wanted - count, off_t(place + count))
                        if got < 0, errno == EINTR { continue }
                        guard got > 0 else { throw FileCutShort() }
                        count += got
                    }
                    return count
                }
                var output = ByteBuffer()
                try encoder.encode(input, isLast ? .finish : .more, into: &output)
                return output
            }
            try await writer.write(output)
            offset += wanted
            rest -= wanted
        }
    }
}

private struct FileCutShort: BrokenAnswer {
    let description = "A file became shorter while it was sent; the connection is closed."
}
