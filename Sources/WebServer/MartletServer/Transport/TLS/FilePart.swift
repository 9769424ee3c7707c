import Glibc
import MartletBuffering
import MartletGateway
import NIOCore

/// A part of a file that is read to be encrypted, in pieces: off the loop, unless it lies in memory, as the disk may be slow.
struct FilePart: Sendable {
    /// What a slow client holds in memory.
    private static let pieceBytes = 2 * TLSTransport.pieceBytes

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

    /// Reads the next piece if it lies in memory.
    ///
    /// - Returns: whether it did.
    func readCached(into bytes: inout ByteBuffer) -> Bool { piece.readCached(descriptor, into: &bytes) }

    private var piece: FileRange {
        FileRange(.descriptor(descriptor), offset: range.lowerBound, length: min(range.count, Self.pieceBytes))
    }

    /// What is left after the next piece; nil if nothing is.
    var rest: FilePart? {
        var rest = self
        rest.range = range.lowerBound + piece.length..<range.upperBound
        return rest.range.isEmpty ? nil : rest
    }

    /// Reads the next piece off the loop, then calls back on it: with nil if the file has become shorter.
    func readPiece(_ loop: any EventLoop, whenRead: @escaping @Sendable (ByteBuffer?) -> Void) {
        SpoolFile.onPool({ [descriptor, piece] () throws(SpoolError) in piece.read(descriptor) }) { result in
            let bytes = (try? result.get()) ?? nil
            loop.execute { whenRead(bytes) }
        }
    }
}
