import Glibc
import MartletGateway
import NIOCore

/// A file being sent to a client in pieces. Each piece that the client takes counts as progress.
struct FileTransfer {
    /// Of a connection that has no use for smaller ones. Small enough that a slow client makes progress within the send timeout; nginx's `sendfile_max_chunk` is 2 MB.
    static let pieceBytes = 262_144

    let descriptor: OwnedDescriptor
    let handle: NIOFileHandle
    private let pieceBytes: Int
    var offset: Int
    var remaining: Int
    /// The channel has a piece.
    var isSending = false
    var share = FairShare()

    init(_ descriptor: OwnedDescriptor, of range: FileRange, pieceBytes: Int) {
        self.descriptor = descriptor
        handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor.number)
        offset = range.offset
        self.pieceBytes = pieceBytes
        remaining = range.length
    }

    mutating func nextPiece() -> FileRegion? {
        guard remaining > 0 else { return nil }
        let count = min(remaining, pieceBytes)
        defer {
            offset += count
            remaining -= count
        }
        return FileRegion(fileHandle: handle, readerIndex: offset, endIndex: offset + count)
    }

    /// Whether the file has become shorter than what the channel was given. At the end of a file `sendfile` sends
    /// nothing and reports no error: the channel would retry for ever.
    var isCutShort: Bool {
        var status = stat()
        return fstat(descriptor.number, &status) != 0 || status.st_size < offset
    }

    /// Takes the descriptor back from the channel; its owner closes it.
    func end() {
        _ = try? handle.takeDescriptorOwnership()
    }
}
