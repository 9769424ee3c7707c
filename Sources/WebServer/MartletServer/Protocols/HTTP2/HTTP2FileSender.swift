import MartletBuffering
import MartletGateway
import MartletHTTP1
import MartletHTTP2
import NIOCore

/// Sends files as bodies of streams, at the client's speed. `sendfile` would not do, for every 16 KB have a frame's head before
/// them.
///
/// The rules:
///
/// 1. A stream reads on when all that was read before is on its way, so that its client's windows bound what is in memory.
/// 2. What lies in the system's memory is read on the loop; anything else off it, as the disk may be slow.
/// 3. While a file is read that goes before another one (RFC 9218), that one waits, instead of taking its place.
final class HTTP2FileSender {
    /// A piece of a file on its way.
    private struct Piece {
        let descriptor: OwnedDescriptor
        var offset: Int
        let end: Int
        let whenTaken: (Bool) -> Void
        var isReading = false
    }

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

    /// Reads on, once the client has taken what was read before.
    func goOn(_ id: UInt32) {
        while let piece = pieces[id], !piece.isReading, connection.isWritable(id) {
            guard piece.offset < piece.end else {
                pieces[id] = nil
                return piece.whenTaken(true)
            }
            let count = min(connection.machine.streams.appetite(of: id), piece.end - piece.offset)
            guard count > 0, !isBehindAnother(id) else { return }
            let range = FileRange(.descriptor(piece.descriptor), offset: piece.offset, length: count)
            guard let bytes = range.readCached(piece.descriptor) else { return read(range, piece.descriptor, id) }
            write(bytes, id)
        }
    }

    private func isBehindAnother(_ id: UInt32) -> Bool {
        pieces.contains { $0.value.isReading && connection.machine.streams.table.precedes($0.key, id) }
    }

    private func write(_ bytes: ByteBuffer, _ id: UInt32) {
        pieces[id]?.offset += bytes.readableBytes
        connection.machine.streams.write(bytes, of: id, into: &connection.output)
        // Not at once: the connection decides whose turn it is, and when others have theirs.
        connection.sendSoon()
    }

    private func read(_ range: FileRange, _ descriptor: OwnedDescriptor, _ id: UInt32) {
        pieces[id]?.isReading = true
        let loop = connection.services.loop
        // It lives as long as the file is read.
        let owner = NIOLoopBound((self, connection), eventLoop: loop)
        SpoolFile.onPool({ () throws(SpoolError) in range.read(descriptor) }) { result in
            loop.execute {
                owner.value.0.wasRead(id, descriptor, (try? result.get()) ?? nil)
                owner.value.0.goOnWithOthers()
            }
        }
    }

    private func wasRead(_ id: UInt32, _ descriptor: OwnedDescriptor, _ bytes: ByteBuffer?) {
        // The stream may be over, and even have been followed by another file.
        guard let piece = pieces[id], piece.descriptor === descriptor, piece.isReading else { return }
        pieces[id]?.isReading = false
        guard let bytes else {
            pieces[id] = nil
            return piece.whenTaken(false)
        }
        write(bytes, id)
        goOn(id)
    }

    /// Those that may have waited for a file that went before them.
    private func goOnWithOthers() {
        for id in pieces.keys.sorted() { goOn(id) }
    }
}
