package import HTTPTypes
import MartletBytes
package import MartletGateway
package import NIOCore

/// Writes response heads. One per event loop: it caches the lines that are the same for all answers of a second, so
/// that a small answer takes a few copies.
package struct ResponseEncoder: Sendable {
    /// `Date: …` and `Server: martlet`, each with its line end.
    private var dateLine: [UInt8] = []
    private var serverLine: [UInt8]
    /// The status line of a 200, the date and the server.
    private var okBlock: [UInt8] = []
    private var second = Int.min

    private static let okLine = Array("HTTP/1.1 200 OK\r\n".utf8)
    private static let lengthName = Array("Content-Length: ".utf8)
    private static let closeLine = Array("Connection: close\r\n".utf8)
    private static let keepAliveLine = Array("Connection: keep-alive\r\n".utf8)
    private static let upgradeLine = Array("Connection: upgrade\r\n".utf8)
    private static let chunkedLine = Array("Transfer-Encoding: chunked\r\n".utf8)

    private static let lineEnd: [UInt8] = [13, 10]
    /// Room for the Content-Length, the Connection line and the empty line.
    private static let endingBytes = 128

    /// `100 Continue`, sent when the application first asks for a body that the client holds back.
    package static let continueLines = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    package init(serverName: String = "martlet") {
        serverLine = Array("Server: \(serverName)\r\n".utf8)
        setDate(0)
    }

    /// Renders the date, unless it is already that of this second.
    @inline(__always)
    package mutating func setDate(_ secondsSince1970: Int) {
        if second != secondsSince1970 { renderDate(secondsSince1970) }
    }

    private mutating func renderDate(_ secondsSince1970: Int) {
        second = secondsSince1970
        dateLine = Array("Date: ".utf8) + HTTPDate.render(secondsSince1970) + [13, 10]
        okBlock = Self.okLine + dateLine + serverLine
    }

    /// Writes a head, with the empty line that ends it.
    package func writeHead(
        status: HTTPResponse.Status,
        headers: Headers,
        framing: ResponseFraming,
        isUpgrade: Bool = false,
        into output: inout ByteBuffer
    ) {
        if status.code == 200, !isUpgrade, headers.notable.isSubset(of: .defaulted), status.reasonPhrase == "OK" {
            return writeUsual(headers, framing: framing, into: &output)
        }
        let isPlain = headers.notable.isSubset(of: .defaulted) && !isUpgrade
        let lines = dateLine.count &+ serverLine.count
        let room = isPlain ? lines &+ headers.block.count &+ Self.endingBytes : lines
        writeStatusLine(status, into: &output, room: room) { cursor in
            if !headers.notable.contains(.date) { cursor.write(dateLine) }
            if !headers.notable.contains(.server) { cursor.write(serverLine) }
            guard isPlain else { return }
            cursor.write(headers.block)
            Self.writeFraming(framing, to: &cursor)
            cursor.write(Self.lineEnd)
        }
        if isPlain { return }
        // 426 says what to upgrade to (RFC 9110 section 15.5.22).
        let keepsUpgrade = isUpgrade || status.code == 426
        writeEndToEnd(headers, keepsUpgrade: keepsUpgrade, into: &output)
        if keepsUpgrade { output.writeBytes(Self.upgradeLine) }
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.endingBytes) { memory in
            var cursor = ByteCursor(memory)
            if !isUpgrade { Self.writeFraming(framing, to: &cursor) }
            cursor.write(Self.lineEnd)
            return cursor.count
        }
    }

    /// Writes an informational response: without date, framing or fields about the connection.
    package func writeInformational(status: HTTPResponse.Status, headers: Headers, into output: inout ByteBuffer) {
        writeStatusLine(status, into: &output) { _ in }
        writeEndToEnd(headers, keepsUpgrade: false, into: &output)
        output.writeInteger(0x0D0A, as: UInt16.self)
    }

    /// The common case: one reservation of memory, and ready-made lines.
    private func writeUsual(_ headers: Headers, framing: ResponseFraming, into output: inout ByteBuffer) {
        let room = okBlock.count &+ headers.block.count &+ Self.endingBytes
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { memory in
            var cursor = ByteCursor(memory)
            if headers.notable.isEmpty {
                cursor.write(okBlock)
            } else {
                cursor.write(Self.okLine)
                if !headers.notable.contains(.date) { cursor.write(dateLine) }
                if !headers.notable.contains(.server) { cursor.write(serverLine) }
            }
            cursor.write(headers.block)
            Self.writeFraming(framing, to: &cursor)
            cursor.write(Self.lineEnd)
            return cursor.count
        }
    }

    private static func writeFraming(_ framing: ResponseFraming, to cursor: inout ByteCursor) {
        if let length = framing.contentLength {
            cursor.write(lengthName)
            cursor.writeDecimal(length)
            cursor.write(lineEnd)
        } else if framing.delimiting == .chunked {
            cursor.write(chunkedLine)
        }
        if !framing.keepsAlive {
            cursor.write(closeLine)
        } else if framing.announcesKeepAlive {
            cursor.write(keepAliveLine)
        }
    }

    /// - Parameters:
    ///   - room: how many bytes `more` writes behind it.
    private func writeStatusLine(
        _ status: HTTPResponse.Status,
        into output: inout ByteBuffer,
        room: Int = 0,
        _ more: (inout ByteCursor) -> Void
    ) {
        var reason = status.reasonPhrase
        reason.withUTF8 { reason in
            let needed = Self.okLine.count &+ reason.count &+ 16 &+ room
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: needed) { memory in
                var cursor = ByteCursor(memory)
                cursor.write("HTTP/1.1 ")
                cursor.writeDecimal(status.code)
                cursor.write(0x20)
                Self.writeLatin1(reason, to: &cursor)
                cursor.write(Self.lineEnd)
                more(&cursor)
                return cursor.count
            }
        }
    }

    /// obs-text: sent as Latin-1, as WSGI applications expect.
    private static func writeLatin1(_ text: UnsafeBufferPointer<UInt8>, to cursor: inout ByteCursor) {
        if text.allSatisfy({ $0 < 0x80 }) { return cursor.write(UnsafeRawBufferPointer(text)) }
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            cursor.write(UInt8(exactly: scalar.value) ?? UInt8(ascii: "?"))
        }
    }

    /// Copies all fields except those about the connection.
    private func writeEndToEnd(_ headers: Headers, keepsUpgrade: Bool, into output: inout ByteBuffer) {
        let unwanted = FieldRole.aboutConnection.union(.contentLength)
        headers.forEachLine { name, line in
            let role = FieldRole(name: name)
            if role.isDisjoint(with: unwanted) || (keepsUpgrade && role == .upgrade) { output.writeBytes(line) }
        }
    }
}

// MARK: - Chunks

extension ResponseEncoder {
    package static let lastChunk = Array("0\r\n\r\n".utf8)

    /// The last chunk with fields behind it (RFC 9112 section 7.1.2), without those about the message or the connection.
    package static func writeLastChunk(trailer: Headers, into output: inout ByteBuffer) {
        output.writeStaticString("0\r\n")
        trailer.forEachLine { name, line in
            if FieldRole(name: name).isDisjoint(with: .aboutConnection.union(.contentLength)) {
                output.writeBytes(line)
            }
        }
        output.writeStaticString("\r\n")
    }

    /// The line before the data of a chunk. The data is followed by CR LF.
    package static func writeChunkSize(_ size: Int, into output: inout ByteBuffer) {
        let nibbles = max(1, (Int.bitWidth &- size.leadingZeroBitCount &+ 3) / 4)
        for place in stride(from: nibbles &- 1, through: 0, by: -1) {
            output.writeInteger(Hex.digit(UInt8(truncatingIfNeeded: size &>> (place &* 4))))
        }
        output.writeInteger(0x0D0A, as: UInt16.self)
    }
}
