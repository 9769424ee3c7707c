import HTTPTypes
import MartletGateway
import MartletHTTP1
import NIOCore
import Testing

@testable import MartletHTTP2

/// The examples of RFC 7541 appendix C, and what a decoder must refuse.
@Suite struct HPACKTests {
    /// Decodes header blocks of one connection.
    struct Reader {
        var decoder = HeaderBlockDecoder()

        /// - Returns: the fields that applications see, and what became of the block.
        mutating func read(_ hex: String, limits: HeadLimits = HeadLimits()) -> (
            fields: [String], outcome: HeadBuilder.Outcome
        )? {
            var builder = HeadBuilder(limits: limits)
            let head = RequestHead()
            guard bytes(hex).withUnsafeBytes({ decoder.decode($0, into: &builder, head) }) else { return nil }
            let outcome = builder.settle(head)
            let target = ["\(head.string(head.method)) \(head.string(head.target))"]
            return (target + head.fields.map { "\(head.string($0.name)): \(head.string($0.value))" }, outcome)
        }
    }

    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let blocks: [(hex: String, fields: [String], tableSize: Int)]
    }

    static let requests: [(fields: [String], tableSize: Int)] = [
        (["GET /", "host: www.example.com"], 57),
        (["GET /", "host: www.example.com", "cache-control: no-cache"], 110),
        (["GET /index.html", "host: www.example.com", "custom-key: custom-value"], 164),
    ]

    static let examples = [
        Example(
            testDescription: "C.3: without Huffman code",
            blocks: zip(
                [
                    "828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865",
                    "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
                ],
                requests
            ).map { ($0, $1.fields, $1.tableSize) }
        ),
        Example(
            testDescription: "C.4: with Huffman code",
            blocks: zip(
                [
                    "828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf",
                    "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
                ],
                requests
            ).map { ($0, $1.fields, $1.tableSize) }
        ),
    ]

    @Test(arguments: examples)
    func requestsOfTheStandard(example: Example) throws {
        var reader = Reader()
        for block in example.blocks {
            let result = reader.read(block.hex)
            let read = try #require(result)
            #expect(read.fields == block.fields)
            #expect(read.outcome == .message(HTTP2Message()))
            #expect(reader.decoder.table.size == block.tableSize)
        }
    }

    /// C.6.1: the strings of responses, decoded and encoded again.
    static let strings = [
        ("302", "6402"), ("private", "aec3771a4b"), ("307", "640eff"),
        ("Mon, 21 Oct 2013 20:13:21 GMT", "d07abe941054d444a8200595040b8166e082a62d1bff"),
        ("https://www.example.com", "9d29ad171863c78f0b97c8e9ae82ae43d3"), ("gzip", "9bd9ab"),
        (
            "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
            "94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007"
        ),
    ]

    @Test(arguments: strings)
    func huffmanCodeOfTheStandard(text: String, hex: String) throws {
        #expect(decoded(hex) == Array(text.utf8))
        var encoded: [UInt8] = []
        Huffman.encode(Array(text.utf8), to: &encoded)
        #expect(encoded == bytes(hex))
        #expect(Huffman.encodedCount(text.utf8) == encoded.count)
    }

    @Test func everyByteSurvivesHuffmanCode() {
        for byte in UInt8.min...UInt8.max {
            for text in [[byte], [byte, 0x61, byte], [0xFF, byte, byte]] {
                var encoded: [UInt8] = []
                Huffman.encode(text, to: &encoded)
                #expect(decoded(encoded) == text)
            }
        }
    }

    @Test(arguments: ["ffffffff", "1cff ff", "00 00", "fffffffc", "3fffffff ff"])
    func huffmanCodeThatIsWrong(hex: String) {
        #expect(decoded(hex.replacing(" ", with: "")) == nil)
    }

    private func decoded(_ hex: String) -> [UInt8]? { decoded(bytes(hex)) }

    private func decoded(_ source: [UInt8]) -> [UInt8]? {
        var target = [UInt8](repeating: 0, count: Huffman.bound(source.count))
        let count = source.withUnsafeBytes { source in
            target.withUnsafeMutableBytes { Huffman.decode(source, into: $0) }
        }
        return count.map { Array(target[..<$0]) }
    }

    /// Numbers (C.1).
    @Test(arguments: [(10, 5, "0a"), (1337, 5, "1f9a0a"), (42, 8, "2a"), (0, 4, "00"), (15, 4, "0f00")])
    func numbers(number: Int, prefix: Int, hex: String) {
        var encoded: [UInt8] = []
        FieldEncoder.append(number, prefix: prefix, 0, to: &encoded)
        #expect(encoded == bytes(hex))
        bytes(hex).withUnsafeBytes {
            var reader = BlockReader($0)
            #expect(reader.integer(prefix: prefix) == number)
            #expect(reader.next == nil)
        }
    }

    /// The table keeps its size through any number of entries, and forgets the oldest first.
    @Test func theTableForgetsTheOldest() {
        var table = DynamicTable(maximum: 256)
        for number in 0..<1000 {
            let field = Array("name\(number)value".utf8)
            field.withUnsafeBytes { table.insert($0, nameCount: field.count - 5, kind: .regular, isValid: true) }
            #expect(table.size <= 256)
            let newest = table.entry(0).map { table.withBytes(of: $0) { Array($0) } }
            #expect(newest == field)
        }
        let oldest = table.entry(table.count - 1).map {
            table.withBytes(of: $0) { String(decoding: $0, as: UTF8.self) }
        }
        #expect(oldest == "name\(1000 - table.count)value")
        #expect(table.entry(table.count) == nil)
        let large = [UInt8](repeating: 0x61, count: 300)
        large.withUnsafeBytes { table.insert($0, nameCount: 1, kind: .regular, isValid: true) }
        #expect((table.count, table.size) == (0, 0))
        #expect(table.setLimit(257) == false)
    }

    /// What is too large for the head goes into the table all the same, as the client counts on it.
    @Test func aBlockThatIsTooLargeLeavesTheTableRight() throws {
        var reader = Reader()
        // x-large with 200 letters, then custom-key: custom-value.
        let block =
            "828684410f7777772e6578616d706c652e636f6d" + "4007782d6c617267657f49" + String(repeating: "61", count: 200)
            + "400a637573746f6d2d6b65790c637573746f6d2d76616c7565"
        let limits = HeadLimits(headBytes: 300)
        let first = reader.read(block, limits: limits)
        #expect(first?.outcome == .fault(.headTooLarge(limit: 300)))
        let second = reader.read("828684c0be", limits: limits)
        let next = try #require(second)
        #expect(next.fields == ["GET /", "host: www.example.com", "custom-key: custom-value"])
    }

    /// The encoded form of headers is the same for the same headers, and what clients read is what was written.
    @Test func responseHeads() throws {
        var encoder = HTTP2ResponseEncoder()
        encoder.setDate(784_111_777)
        let headers = Headers([
            (.contentType, "text/plain"), (.setCookie, "a=1"), (.connection, "close"), (.contentLength, "99"),
        ])
        var written: [ByteBuffer] = []
        for _ in 0..<2 {
            var output = ByteBuffer()
            let head = HTTP2ResponseEncoder.Head(status: 200, contentLength: 12, endsStream: false, stream: 1)
            encoder.writeHead(head, headers, into: &output)
            written.append(output)
        }
        #expect(written[0] == written[1])
        let fields = try responseFields(written[0])
        #expect(
            fields == [
                ":status: 200", "date: Sun, 06 Nov 1994 08:49:37 GMT", "server: martlet", "content-type: text/plain",
                "set-cookie: a=1", "content-length: 12",
            ]
        )
    }

    @Test func aHeadThatIsTooLargeForAFrameIsContinued() throws {
        var encoder = HTTP2ResponseEncoder()
        var headers = Headers()
        for number in 0..<20 { headers.append("X-Large-\(number)", String(repeating: "~", count: 2000)) }
        var output = ByteBuffer()
        encoder.writeHead(.init(status: 404, contentLength: nil, endsStream: true, stream: 3), headers, into: &output)
        let frames = Frames.read(&output)
        #expect(frames.map(\.head.type) == [.headers, .continuation, .continuation])
        #expect(frames.map(\.head.flags) == [.endStream, [], .endHeaders])
    }
}

/// A text of hexadecimal digits as bytes.
func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}

/// The fields of a HEADERS frame of a response.
func responseFields(_ frame: ByteBuffer) throws -> [String] {
    var frame = frame
    let block = try #require(Frames.read(&frame).first).payload
    return responseFields(block)
}

/// The fields of a header block that uses no dynamic table.
func responseFields(_ block: [UInt8]) -> [String] {
    block.withUnsafeBytes { block in
        var reader = BlockReader(block)
        var fields: [String] = []
        func text(_ reader: inout BlockReader) -> String {
            guard let text = reader.text() else { return "?" }
            var target = [UInt8](repeating: 0, count: text.bound)
            let count = target.withUnsafeMutableBytes { text.decode(into: $0) } ?? 0
            return String(decoding: target[..<count], as: UTF8.self)
        }
        while let first = reader.next {
            if first & 0x80 != 0 {
                let entry = StaticTable.fields[(reader.integer(prefix: 7) ?? 1) - 1]
                fields.append("\(entry.name): \(entry.value)")
            } else if first & 0xE0 == 0x20 {
                fields.append("table size \(reader.integer(prefix: 5) ?? -1)")
            } else {
                let index = reader.integer(prefix: 4) ?? 0
                let name = index == 0 ? text(&reader) : StaticTable.fields[index - 1].name
                fields.append("\(name): \(text(&reader))")
            }
        }
        return fields
    }
}
