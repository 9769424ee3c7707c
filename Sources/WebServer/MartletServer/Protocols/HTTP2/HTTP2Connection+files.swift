import Glibc
import MartletBuffering
import MartletGateway
import MartletHTTP1
import MartletHTTP2
import NIOCore

/// A piece of a file on its way into a stream. `sendfile` would not do: every 16 KB have a frame's head before them.
struct HTTP2File {
    /// What is read at a time.
    static let readBytes = 65_536

    let descriptor: OwnedDescriptor
    var offset: Int
    let end: Int
    let whenTaken: (Bool) -> Void
    var isReading = false
}

/// Files: read off the loop, as the disk may be slow, and at the client's speed.
extension HTTP2Connection {
    func send(_ part: FileRegion, for exchange: ServerExchange, whenTaken: @escaping (Bool) -> Void) {
        guard let descriptor = exchange.transfer?.descriptor else { return whenTaken(false) }
        // Cannot throw: the file was measured before its head was written.
        try? machine.streams.countBody(part.readableBytes, of: exchange.stream)
        files[exchange.stream] = HTTP2File(
            descriptor: descriptor,
            offset: part.readerIndex,
            end: part.endIndex,
            whenTaken: whenTaken
        )
        sendSoon()
        continueFile(exchange.stream)
    }

    /// Reads on, once the client has taken what was read before.
    func continueFile(_ id: UInt32) {
        guard let file = files[id], !file.isReading, transport.isWritable, machine.streams.isWritable(id) else {
            return
        }
        guard file.offset < file.end else {
            files[id] = nil
            return file.whenTaken(true)
        }
        files[id]?.isReading = true
        let (descriptor, offset) = (file.descriptor, file.offset)
        let count = min(HTTP2File.readBytes, file.end - file.offset)
        let connection = NIOLoopBound(self, eventLoop: services.loop)
        let loop = services.loop
        SpoolFile.onPool({ () throws(SpoolError) in
            FileRange(.descriptor(descriptor), offset: offset, length: count).read(descriptor)
        }) { result in
            loop.execute { connection.value.fileWasRead(id, descriptor, try? result.get()) }
        }
    }

    private func fileWasRead(_ id: UInt32, _ descriptor: OwnedDescriptor, _ bytes: ByteBuffer??) {
        // The stream may be over, and even have been followed by another file.
        guard let file = files[id], file.descriptor === descriptor, file.isReading else { return }
        guard case let bytes?? = bytes else {
            files[id] = nil
            return file.whenTaken(false)
        }
        files[id]?.isReading = false
        files[id]?.offset += bytes.readableBytes
        machine.streams.write(bytes, of: id, into: &output)
        send()
        continueFile(id)
    }
}
