import Glibc
import MartletBuffering
import MartletGateway
import NIOCore

/// A part of a file that is read to be encrypted, in pieces: off the loop, unless it lies in memory, as the disk may be slow.
struct FilePart: Sendable {
    /// What a slow client holds in memory.
    private static let pieceBytes = 65_536

    private let descriptor: OwnedDescriptor
    private var range: Range<Int>

    /// - Returns: nil if descriptors have run out.
    init?(_ region: FileRegion) {
        // A descriptor of its own, since the exchange may end while a piece is read.
        let copy = try? region.fileHandle.withUnsafeFileDescriptor { fcntl($0, F_DUPFD_CLOEXEC, 0) }
        guard let copy, copy >= 0, region.readerIndex < region.endIndex else { return nil }
        descriptor = OwnedDescriptor(copy)
        range = region.readerIndex..<region.endIndex
    }

    /// Reads the next piece, then calls back on the loop, which it is called on: with nil if the file has become shorter, and
    /// with what is left after it.
    func readPiece(_ loop: any EventLoop, whenRead: @escaping @Sendable (ByteBuffer?, _ rest: FilePart?) -> Void) {
        let count = min(range.count, Self.pieceBytes)
        var rest = self
        rest.range = range.lowerBound + count..<range.upperBound
        let piece = FileRange(.descriptor(descriptor), offset: range.lowerBound, length: count)
        if let bytes = piece.readCached(descriptor) { return whenRead(bytes, rest.range.isEmpty ? nil : rest) }
        SpoolFile.onPool({ [descriptor] () throws(SpoolError) in piece.read(descriptor) }) { [rest] result in
            let bytes = (try? result.get()) ?? nil
            loop.execute { whenRead(bytes, rest.range.isEmpty ? nil : rest) }
        }
    }
}
