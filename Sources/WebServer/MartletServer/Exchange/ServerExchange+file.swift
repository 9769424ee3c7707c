import Logging
import MartletGateway
import MartletHTTP1
import NIOCore

/// Answers that are files.
extension ServerExchange {
    /// Up to this size a file is read and sent together with the head: one system call instead of two.
    private static let readBytes = 16_384

    func sendFile(_ range: FileRange, _ response: Response) {
        guard let connection else { return }
        let response = ConditionalFiles.announced(response)
        let descriptor: OwnedDescriptor
        do {
            // If descriptors have run out, idle connections are closed.
            descriptor = try range.open { services.makeRoom() > 0 }
        } catch {
            return complete(internalError("\(error)"))
        }
        if let other = ConditionalFiles.answer(to: head, response, range, descriptor) { return send(other) }
        let hasBody = connection.writeHead(of: response, body: .known(range.length), for: self)
        guard hasBody, range.length > 0 else { return end() }
        beginFile()
        if range.length <= Self.readBytes {
            guard let bytes = range.read(descriptor) else { return fileWasCutShort() }
            try? connection.countBody(range.length, for: self)
            connection.write(bytes, for: self)
            record.sentBytes = range.length
            return end()
        }
        transfer = FileTransfer(descriptor, of: range, pieceBytes: connection.filePieceBytes)
        sendPieces()
    }

    /// Sends piece after piece while the channel takes them at once, and continues when it has taken the last one.
    private func sendPieces() {
        var goesOn = true
        while goesOn, progress == .streaming, let connection {
            goesOn = false
            guard let piece = transfer?.nextPiece() else {
                transfer.take()?.end()
                return end()
            }
            if transfer?.isCutShort == true { return fileWasCutShort() }
            let count = piece.readableBytes
            var isSynchronous = true
            transfer?.isSending = true
            connection.send(piece, for: self) { isSent in
                guard self.transfer != nil else { return }
                self.transfer?.isSending = false
                guard isSent else {
                    if self.transfer?.isCutShort == true { return self.fileWasCutShort() }
                    return self.abort()
                }
                self.record.sentBytes &+= count
                if !isSynchronous {
                    self.sendPieces()
                } else if self.transfer?.share.isUsed(by: count) == true {
                    self.services.turns.next { if self.transfer != nil { self.sendPieces() } }
                } else {
                    goesOn = true
                }
            }
            isSynchronous = false
        }
    }

    /// Called by the loop's tick: the channel does not report that the file has nothing left to read.
    func checkFile() {
        if transfer?.isCutShort == true { fileWasCutShort() }
    }

    private func fileWasCutShort() {
        log(.error, "A file became shorter while it was sent; the connection is closed.")
        // The channel would retry for ever to send what is no longer there.
        if transfer?.isSending == true { connection?.cutShort(self) } else { abort() }
    }
}
