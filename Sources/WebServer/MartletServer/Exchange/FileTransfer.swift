import Glibc
import MartletGateway
import NIOCore

/// A file on its way to a client, in pieces: each one that is taken is progress.
struct FileTransfer {
    /// Small enough that a slow client makes progress within the send timeout; nginx's `sendfile_max_chunk` is 2 MB.
    static let pieceBytes = 262_144

    let descriptor: OwnedDescriptor
    let handle: NIOFileHandle
    var offset: Int
    var remaining: Int
    /// A piece is with the channel.
    var isSending = false
    var share = FairShare()

    init(_ descriptor: OwnedDescriptor, offset: Int, length: Int) {
        self.descriptor = descriptor
        handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor.number)
        self.offset = offset
        remaining = length
    }

    mutating func nextPiece() -> FileRegion? {
        guard remaining > 0 else { return nil }
        let count = min(remaining, Self.pieceBytes)
        defer {
            offset += count
            remaining -= count
        }
        return FileRegion(fileHandle: handle, readerIndex: offset, endIndex: offset + count)
    }

    /// Whether the file has become shorter than what has been handed to the channel. `sendfile` sends nothing at the end of a
    /// file, and reports no error: the channel would try for ever.
    var isCutShort: Bool {
        var status = stat()
        return fstat(descriptor.number, &status) != 0 || status.st_size < offset
    }

    /// Takes the descriptor back from the channel; its owner closes it.
    func end() {
        _ = try? handle.takeDescriptorOwnership()
    }
}
