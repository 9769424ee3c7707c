package import HTTPTypes
import MartletBytes
package import MartletGateway
package import MartletHTTP1
package import NIOCore

/// An answer over a protocol that has no framing of HTTP's: where its body ends is said by Content-Length, or by the end of the
/// connection or of the stream.
package struct CGIAnswer: Sendable, Equatable {
    package enum Writing: Sendable, Equatable {
        case idle
        /// The head is due.
        case head
        /// The body follows; a length is the number of bytes still missing.
        case body(ResponseFraming.Delimiting)
        /// The connection has left HTTP.
        case raw
        case ended
    }

    package var writing = Writing.idle
    package var isHead = false

    package init() {}

    package mutating func begin(status: Int, headers: Headers, body: ResponseFraming.Body) -> ResponseFraming {
        var message = HTTP1Message()
        message.isHTTP10 = true
        message.keepsAlive = false
        message.isHead = isHead
        let framing = ResponseFraming(status: status, headers: headers, body: body, request: message)
        writing = .body(framing.delimiting)
        return framing
    }

    /// Counts bytes of a body whose length was announced.
    package mutating func countBody(_ count: Int) throws(BodyTooLong) {
        guard case .body(.length(let left)) = writing else { return }
        guard count <= left else { throw BodyTooLong(excess: count - left) }
        writing = .body(.length(left - count))
    }

    /// How many announced bytes have not been written.
    package var missingBytes: Int {
        if case .body(.length(let left)) = writing { left } else { 0 }
    }

    /// Whether the answer ends where the connection does.
    package var endsWithConnection: Bool { writing == .body(.untilClose) }
}

/// How the head of an answer begins.
package enum CGIHeadStyle: Sendable, Equatable {
    /// As in HTTP, which is what the uwsgi protocol carries.
    case statusLine
    /// As a CGI script says it (RFC 3875 section 6.3.3).
    case statusField

    /// Writes a head with the empty line behind it. Date and Server are those of the server in front, unless the application has set
    /// them.
    package func write(
        _ status: HTTPResponse.Status,
        _ headers: Headers,
        _ framing: ResponseFraming,
        isUpgrade: Bool,
        into output: inout ByteBuffer
    ) {
        switch self {
        case .statusLine: output.writeStaticString("HTTP/1.1 ")
        case .statusField: output.writeStaticString("Status: ")
        }
        output.writeString(String(status.code))
        output.writeInteger(UInt8(ascii: " "))
        // obs-text: sent as Latin-1, as WSGI applications expect.
        for scalar in status.reasonPhrase.unicodeScalars {
            output.writeInteger(UInt8(exactly: scalar.value) ?? UInt8(ascii: "?"))
        }
        output.writeInteger(0x0D0A, as: UInt16.self)
        if headers.notable.isDisjoint(with: FieldRole.aboutConnection.union(.contentLength)) {
            output.writeBytes(headers.block)
        } else {
            writeEndToEnd(headers, keepsUpgrade: isUpgrade, into: &output)
        }
        if isUpgrade {
            output.writeStaticString("Connection: Upgrade\r\n")
        } else if let length = framing.contentLength {
            output.writeStaticString("Content-Length: ")
            output.writeString(String(length))
            output.writeInteger(0x0D0A, as: UInt16.self)
        }
        output.writeInteger(0x0D0A, as: UInt16.self)
    }

    private func writeEndToEnd(_ headers: Headers, keepsUpgrade: Bool, into output: inout ByteBuffer) {
        let unwanted = FieldRole.aboutConnection.union(.contentLength)
        headers.forEachLine { name, line in
            let role = FieldRole(name: name)
            if role.isDisjoint(with: unwanted) || (keepsUpgrade && role == .upgrade) { output.writeBytes(line) }
        }
    }
}
