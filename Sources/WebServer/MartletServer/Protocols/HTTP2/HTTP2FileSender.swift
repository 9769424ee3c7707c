import MartletBuffering
import MartletGateway
import MartletHTTP1
import MartletHTTP2
import NIOCore

/// Sends files as bodies of streams: read off the loop, as the disk may be slow, and at the client's speed. `sendfile` would
/// not do, for every 16 KB have a frame's head before them.
final class HTTP2FileSender {
    /// A piece of a file on its way.
    private struct Piece {
        let descriptor: OwnedDescriptor
        var offset: Int
        let end: Int
        let whenTaken: (Bool) -> Void
        var isReading = false
    }

    /// What is read at a time.
    private static let readBytes = 65_536

    private unowned let connection: HTTP2Connection
    private var pieces: [UInt32: Piece] = [:]

    init(_ connection: HTTP2Connection) { self.connection = connection }

    func send(_ part: FileRegion, of descriptor: OwnedDescriptor, on id: UInt32, whenTaken: @escaping (Bool) -> Void) {
        pieces[id] = Piece(
            descriptor: descriptor,
            offset: part.readerIndex,
            end: part.endIndex,
            whenTaken: whenTaken
        )
        goOn(id)
    }

    func forget(_ id: UInt32) { pieces[id] = nil }

    /// The connection is gone.
    func end() {
        let waiting = pieces
        pieces = [:]
        for piece in waiting.values { piece.whenTaken(false) }
    }

    /// Reads on, once the client has taken what was read before.
    func goOn(_ id: UInt32) {
        guard let piece = pieces[id], !piece.isReading, connection.isWritable(id) else { return }
        guard piece.offset < piece.end else {
            pieces[id] = nil
            return piece.whenTaken(true)
        }
        pieces[id]?.isReading = true
        let (descriptor, offset) = (piece.descriptor, piece.offset)
        let count = min(Self.readBytes, piece.end - piece.offset)
        let loop = connection.services.loop
        // It lives as long as the file is read.
        let owner = NIOLoopBound((self, connection), eventLoop: loop)
        SpoolFile.onPool({ () throws(SpoolError) in
            FileRange(.descriptor(descriptor), offset: offset, length: count).read(descriptor)
        }) { result in
            loop.execute { owner.value.0.wasRead(id, descriptor, (try? result.get()) ?? nil) }
        }
    }

    private func wasRead(_ id: UInt32, _ descriptor: OwnedDescriptor, _ bytes: ByteBuffer?) {
        // The stream may be over, and even have been followed by another file.
        guard let piece = pieces[id], piece.descriptor === descriptor, piece.isReading else { return }
        guard let bytes else {
            pieces[id] = nil
            return piece.whenTaken(false)
        }
        pieces[id]?.isReading = false
        pieces[id]?.offset += bytes.readableBytes
        connection.machine.streams.write(bytes, of: id, into: &connection.output)
        connection.send()
        goOn(id)
    }
}
