import Glibc
import MartletGateway
import NIOCore
import NIOPosix

/// Several parts of a file as a streamed body: few clients ask for that, and any transport can send it. What does not lie in
/// memory is read on NIO's thread pool.
struct FileParts: Sendable {
    private static let pieceBytes = 65_536

    private let multipart: MultipartRanges
    private let descriptor: OwnedDescriptor
    /// Where the representation begins in the file.
    private let start: Int

    init(_ multipart: MultipartRanges, of descriptor: OwnedDescriptor, from start: Int) {
        self.multipart = multipart
        self.descriptor = descriptor
        self.start = start
    }

    func write(to writer: BodyWriter) async throws {
        for part in multipart.parts {
            try await writer.write(part.head)
            var place = part.range.lowerBound
            while place < part.range.upperBound {
                let bytes = try await read(place, min(Self.pieceBytes, part.range.upperBound - place))
                try await writer.write(bytes)
                place += bytes.readableBytes
            }
        }
        try await writer.write(multipart.ending)
    }

    private func read(_ place: Int, _ count: Int) async throws -> ByteBuffer {
        let piece = FileRange(.descriptor(descriptor), offset: start + place, length: count)
        if let bytes = piece.readCached(descriptor) { return bytes }
        let bytes = try await NIOThreadPool.singleton.runIfActive { piece.read(descriptor) }
        guard let bytes else { throw FileCutShort() }
        return bytes
    }
}

/// A file became shorter while it was sent.
struct FileCutShort: BrokenAnswer {
    var description: String { "A file became shorter while it was sent; the connection is closed." }
}
