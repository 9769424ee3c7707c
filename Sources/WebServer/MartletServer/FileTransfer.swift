import Glibc
import Logging
import MartletGateway
import MartletHTTP1
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
        var facts = stat()
        return fstat(descriptor.number, &facts) != 0 || facts.st_size < offset
    }

    /// Takes the descriptor back from the channel; its owner closes it.
    func end() {
        _ = try? handle.takeDescriptorOwnership()
    }
}

extension HTTP1Connection {
    /// Up to this size a file is read and leaves together with the head: one system call instead of two.
    private static let readBytes = 16_384

    func sendFile(_ range: FileRange, _ response: Response) {
        let descriptor: OwnedDescriptor
        do {
            descriptor = try open(range)
        } catch {
            return sendWhole(internalError("\(error)"))
        }
        let framing = writeHead(response, body: .known(range.length))
        guard case .length = framing.delimiting, range.length > 0 else { return endExchange() }
        exchange.output = .streaming(framing.delimiting)
        if range.length <= Self.readBytes {
            guard let bytes = Self.read(descriptor, offset: range.offset, count: range.length) else {
                return fileWasCutShort()
            }
            write(bytes)
            exchange.sentBytes = range.length
            return endExchange()
        }
        passOutput()
        direct?.yieldToChannel()
        transfer = FileTransfer(descriptor, offset: range.offset, length: range.length)
        sendPieces()
    }

    /// Goes on after others have had their turn.
    private func sendPieces(_ sequence: UInt64) {
        if sequence == self.sequence, transfer != nil { sendPieces() }
    }

    /// Sends piece after piece for as long as the channel takes them at once, and goes on when it has taken one.
    private func sendPieces() {
        let sequence = sequence
        var isSynchronous = true
        var goesOn = true
        while goesOn, phase == .exchange {
            goesOn = false
            guard let piece = transfer?.nextPiece(), let context else {
                transfer?.end()
                transfer = nil
                endExchange()
                return
            }
            if transfer?.isCutShort == true { return fileWasCutShort() }
            let count = piece.readableBytes
            isSynchronous = true
            transfer?.isSending = true
            let sent = context.eventLoop.makePromise(of: Void.self)
            context.writeAndFlush(NIOAny(IOData.fileRegion(piece)), promise: sent)
            needsFlush = false
            sent.futureResult.assumeIsolated().whenComplete { result in
                switch result {
                case .success:
                    self.transfer?.isSending = false
                    self.exchange.sentBytes &+= count
                    if !isSynchronous {
                        self.sendPieces()
                    } else if self.hasHadItsShare(count) {
                        self.shared.turns.next { self.sendPieces(sequence) }
                    } else {
                        goesOn = true
                    }
                case .failure:
                    self.pieceFailed()
                }
            }
            isSynchronous = false
        }
    }

    func fileWasCutShort() {
        log(.error, "A file became shorter while it was sent; the connection is closed.")
        if transfer?.isSending == true {
            // The channel would try for ever to send what is no longer there.
            writeLogLine()
            closeNow()
        } else {
            abort()
        }
    }

    private func pieceFailed() {
        guard let failed = transfer else { return }
        failed.end()
        transfer = nil
        abort()
    }

    private func open(_ range: FileRange) throws -> OwnedDescriptor {
        let descriptor: OwnedDescriptor
        let name: String
        switch range.source {
        case .descriptor(let own):
            descriptor = own
            name = "descriptor \(own.number)"
        case .path(let path):
            var number = Self.open(path)
            // Where descriptors have run out, those who wait for nothing give theirs.
            if number < 0, errno == EMFILE || errno == ENFILE, shared.makeRoom(for: self) > 0 {
                number = Self.open(path)
            }
            guard number >= 0 else { throw FileProblem(name: path, reason: String(cString: strerror(errno))) }
            descriptor = OwnedDescriptor(number)
            name = path
        }
        var facts = stat()
        guard fstat(descriptor.number, &facts) == 0 else {
            throw FileProblem(name: name, reason: String(cString: strerror(errno)))
        }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw FileProblem(name: name, reason: "not a regular file") }
        guard range.offset <= facts.st_size, range.length <= facts.st_size - range.offset else {
            throw FileProblem(name: name, reason: "shorter than the part of it that was to be sent")
        }
        return descriptor
    }

    private static func open(_ path: String) -> CInt {
        Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    }

    private static func read(_ descriptor: OwnedDescriptor, offset: Int, count: Int) -> ByteBuffer? {
        var bytes = ByteBufferAllocator().buffer(capacity: count)
        while bytes.readableBytes < count {
            let missing = count - bytes.readableBytes
            let place = offset + bytes.readableBytes
            let result = bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: missing) { memory in
                max(0, pread(descriptor.number, memory.baseAddress, min(missing, memory.count), place))
            }
            if result == 0 { return nil }
        }
        return bytes
    }
}

/// A file that an application named cannot be sent.
struct FileProblem: Error, CustomStringConvertible {
    let name: String
    let reason: String

    var description: String { "The application's file \(name) cannot be sent: \(reason)." }
}
