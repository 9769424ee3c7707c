import MartletBytes
package import MartletGateway
package import NIOCore

/// Writes response heads. One per event loop: it keeps what is the same for all answers of a second, and the encoded form of
/// the headers that it has seen last, so that a small answer takes a few copies.
package struct HTTP2ResponseEncoder: Sendable {
    /// What an answer's head is, besides its headers.
    package struct Head: Sendable {
        package var status: Int
        package var contentLength: Int?
        /// No body follows.
        package var endsStream: Bool
        package var stream: UInt32
        /// The client has to be told that the dynamic table is not used (RFC 7541 section 4.2).
        package var tellsTableSize = false

        package init(status: Int, contentLength: Int?, endsStream: Bool, stream: UInt32) {
            self.status = status
            self.contentLength = contentLength
            self.endsStream = endsStream
            self.stream = stream
        }
    }

    private struct Kept: Sendable {
        let block: [UInt8]
        let encoded: [UInt8]
    }

    /// How many headers are kept, of how many bytes each at most.
    private static let places = 8
    private static let keptBytes = 2048
    /// A table of no bytes.
    static let tableSize: UInt8 = 0x20
    /// Frame head, table size, a status without an index, Content-Length.
    private static let roomBytes = 9 + 1 + 6 + 24

    private var kept: [Kept] = []
    private var next = 0
    private var second = Int.min
    private var date: [UInt8] = []
    private let server: [UInt8]
    /// The status 200, the date and the server.
    private var okBlock: [UInt8] = []
    private let lengthName: [UInt8]

    package init(serverName: String = "martlet") {
        var server: [UInt8] = []
        FieldEncoder.append("server".utf8, serverName.utf8, to: &server)
        self.server = server
        var length: [UInt8] = []
        FieldEncoder.append(StaticTable.index(ofName: Array("content-length".utf8)), prefix: 4, 0, to: &length)
        lengthName = length
        setDate(0)
    }

    /// Renders the date, unless it is already that of this second.
    @inline(__always)
    package mutating func setDate(_ secondsSince1970: Int) {
        if second != secondsSince1970 { renderDate(secondsSince1970) }
    }

    private mutating func renderDate(_ secondsSince1970: Int) {
        second = secondsSince1970
        date = []
        FieldEncoder.append("date".utf8, HTTPDate.render(secondsSince1970), to: &date)
        okBlock = []
        FieldEncoder.append(status: 200, to: &okBlock)
        okBlock += date + server
    }

    /// Writes the HEADERS frame of an answer, and CONTINUATIONs where it is too large for one.
    package mutating func writeHead(_ head: Head, _ headers: Headers, into output: inout ByteBuffer) {
        let fields = encoded(headers)
        let room = Self.roomBytes &+ okBlock.count &+ fields.count
        guard room <= FrameHead.payloadBytes, headers.notable.isDisjoint(with: .defaulted), head.status == 200 else {
            return writeUnusual(head, headers, fields, into: &output)
        }
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { memory in
            var cursor = ByteCursor(memory)
            cursor.writeFrameHead(length: 0, .headers, [], stream: head.stream)
            if head.tellsTableSize { cursor.write(Self.tableSize) }
            cursor.write(okBlock)
            cursor.write(fields)
            if let length = head.contentLength {
                cursor.write(lengthName)
                cursor.writeDecimalText(length)
            }
            cursor.completeFrame(
                at: 0,
                .headers,
                head.endsStream ? [.endHeaders, .endStream] : .endHeaders,
                stream: head.stream
            )
            return cursor.count
        }
    }

    private func writeUnusual(_ head: Head, _ headers: Headers, _ fields: [UInt8], into output: inout ByteBuffer) {
        var block: [UInt8] = head.tellsTableSize ? [Self.tableSize] : []
        FieldEncoder.append(status: head.status, to: &block)
        if !headers.notable.contains(.date) { block += date }
        if !headers.notable.contains(.server) { block += server }
        block += fields
        if let length = head.contentLength {
            FieldEncoder.append("content-length".utf8, String(length).utf8, to: &block)
        }
        Self.writeBlock(block, endsStream: head.endsStream, stream: head.stream, into: &output)
    }

    /// Writes an informational response, or the head of one that another has made: no field is added.
    package func writeBare(_ head: Head, _ headers: Headers, into output: inout ByteBuffer) {
        var block: [UInt8] = head.tellsTableSize ? [Self.tableSize] : []
        FieldEncoder.append(status: head.status, to: &block)
        FieldEncoder.append(headers, to: &block)
        Self.writeBlock(block, endsStream: head.endsStream, stream: head.stream, into: &output)
    }

    /// The block of fields that stand behind a body.
    package static func trailer(_ headers: Headers) -> [UInt8] {
        var block: [UInt8] = []
        FieldEncoder.append(headers, to: &block)
        return block
    }

    static func writeBlock(_ block: [UInt8], endsStream: Bool, stream: UInt32, into output: inout ByteBuffer) {
        var rest = block[...]
        var type = FrameType.headers
        var flags: FrameFlags = endsStream ? .endStream : []
        repeat {
            let part = rest.prefix(FrameHead.payloadBytes)
            rest = rest.dropFirst(part.count)
            if rest.isEmpty { flags.insert(.endHeaders) }
            output.writeFrameHead(length: part.count, type, flags, stream: stream)
            output.writeBytes(part)
            type = .continuation
            flags = []
        } while !rest.isEmpty
    }

    /// The encoded form of headers: the same array is found by its address, an equal one by its bytes.
    @inline(__always)
    private mutating func encoded(_ headers: Headers) -> [UInt8] {
        let block = headers.block
        if let found = kept.first(where: { Self.isSame($0.block, block) }) { return found.encoded }
        return encode(headers)
    }

    @inline(__always)
    private static func isSame(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count
            && left.withUnsafeBytes { left in
                right.withUnsafeBytes { right in left.baseAddress == right.baseAddress }
            }
    }

    @inline(never)
    private mutating func encode(_ headers: Headers) -> [UInt8] {
        if let found = kept.first(where: { $0.block == headers.block }) { return found.encoded }
        var encoded: [UInt8] = []
        FieldEncoder.append(headers, to: &encoded)
        guard headers.block.count <= Self.keptBytes else { return encoded }
        let new = Kept(block: headers.block, encoded: encoded)
        if kept.count < Self.places {
            kept.append(new)
        } else {
            kept[next] = new
            next = (next &+ 1) % Self.places
        }
        return encoded
    }
}
