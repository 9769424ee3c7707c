import MartletGateway
import MartletHTTP1

@testable import MartletHTTP2

/// What holds for all bytes, read as a header block, as Huffman code, and as text:
///
/// 1. A block is read alike by two decoders, whose tables stay within their limit.
/// 2. A head that was accepted is read again as the same when it is encoded.
/// 3. Text survives the Huffman code, and a code that is accepted is the one of its text.
enum HPACKRules {
    static func check(_ bytes: [UInt8]) throws {
        var (one, other) = (HeaderBlockDecoder(), HeaderBlockDecoder())
        let read = decode(bytes, &one)
        try BrokenRule.unless(decode(bytes, &other), is: read, "two decoders read one block")
        try BrokenRule.unless(one.table.size <= 4096, "the table has \(one.table.size) bytes")
        if let read { try encodeAgain(read) }
        // The table that a block has left behind is what the next one is read with.
        _ = decode(bytes, &one)
        try BrokenRule.unless(one.table.size <= 4096, "the table has \(one.table.size) bytes")
        try huffman(bytes)
    }

    private struct Head: Equatable {
        var message: HTTP2Message
        var fields: [[[UInt8]]]
    }

    private static func decode(_ block: [UInt8], _ decoder: inout HeaderBlockDecoder) -> Head? {
        var builder = HeadBuilder(limits: HeadLimits())
        let head = RequestHead()
        guard block.withUnsafeBytes({ decoder.decode($0, into: &builder, head) }),
            case .message(let message) = builder.settle(head), !message.isWebSocket
        else { return nil }
        let line = [[Array(head.slice(head.method)), Array(head.slice(head.target))]]
        let fields = head.fields.map { [Array(head.slice($0.name)), Array(head.slice($0.value))] }
        return Head(message: message, fields: line + fields)
    }

    private static func encodeAgain(_ read: Head) throws {
        // Pieces of a cookie that are empty leave a blank at the end, which no client could send.
        guard !read.fields.contains(where: { $0[1].first == 0x20 || $0[1].last == 0x20 }) else { return }
        var block: [UInt8] = []
        FieldEncoder.append(":method".utf8, read.fields[0][0], to: &block)
        FieldEncoder.append(":scheme".utf8, "https".utf8, to: &block)
        FieldEncoder.append(":path".utf8, read.fields[0][1], to: &block)
        for field in read.fields.dropFirst() { FieldEncoder.append(field[0], field[1], to: &block) }
        var decoder = HeaderBlockDecoder()
        try BrokenRule.unless(decode(block, &decoder), is: read, "a head is not read as it was encoded")
    }

    private static func huffman(_ bytes: [UInt8]) throws {
        var code: [UInt8] = []
        Huffman.encode(bytes, to: &code)
        try BrokenRule.unless(code.count, is: Huffman.encodedCount(bytes), "the length of a Huffman code")
        try BrokenRule.unless(decode(code), is: bytes, "text does not survive the Huffman code")
        guard let text = decode(bytes) else { return }
        var again: [UInt8] = []
        Huffman.encode(text, to: &again)
        try BrokenRule.unless(again, is: bytes, "two Huffman codes of one text")
    }

    private static func decode(_ code: [UInt8]) -> [UInt8]? {
        var text = [UInt8](repeating: 0, count: Huffman.bound(code.count))
        let count = code.withUnsafeBytes { code in
            text.withUnsafeMutableBytes { Huffman.decode(code, into: $0) }
        }
        return count.map { Array(text.prefix($0)) }
    }
}
