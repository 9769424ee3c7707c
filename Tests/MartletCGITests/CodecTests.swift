import MartletCGI
import NIOCore
import Testing

struct CodecTests {
    static let some: [(String, String)] = [
        ("CONTENT_LENGTH", "5"), ("SCGI", "1"), ("REQUEST_METHOD", "POST"), ("REQUEST_URI", "/a"), ("EMPTY", ""),
    ]

    private static func uwsgi(_ block: [UInt8], modifier: UInt8 = 0, size: Int? = nil) -> ByteBuffer {
        let size = size ?? block.count
        return ByteBuffer(bytes: [modifier, UInt8(size & 255), UInt8(size >> 8), 0] + block)
    }

    private static func read(_ bytes: ByteBuffer, _ carrier: CGIProtocol) throws(CGIFault) -> CGIVariables? {
        var input = bytes
        let limits = CGIVariables.Limits()
        return carrier == .uwsgi
            ? try UWSGIPacket.read(&input, limits: limits) : try SCGIHeaders.read(&input, limits: limits)
    }

    @Test("What is written is read again, wherever it is cut", arguments: [CGIProtocol.uwsgi, .scgi])
    func roundTrip(carrier: CGIProtocol) throws {
        let variables = try CGIVariables(Self.some)
        var bytes = ByteBuffer()
        if carrier == .uwsgi {
            try UWSGIPacket.write(variables, into: &bytes)
        } else {
            try SCGIHeaders.write(variables, into: &bytes)
        }
        for count in 0..<bytes.readableBytes {
            let part = try #require(bytes.getSlice(at: 0, length: count))
            #expect(try Self.read(part, carrier) == nil)
        }
        bytes.writeString("body")
        var input = bytes
        let limits = CGIVariables.Limits()
        let again =
            carrier == .uwsgi
            ? try UWSGIPacket.read(&input, limits: limits) : try SCGIHeaders.read(&input, limits: limits)
        #expect(again?.pairs.map(\.name) == Self.some.map(\.0))
        #expect(again?.pairs.map(\.value) == Self.some.map(\.1))
        #expect(String(buffer: input) == "body")
    }

    static let brokenPackets: [(ByteBuffer, CGIFault)] = [
        (uwsgi([], modifier: 5), .modifier(5)),
        (uwsgi([], modifier: 100), .modifier(100)),
        (uwsgi([1]), .brokenPacket),
        (uwsgi([1, 0]), .brokenPacket),
        (uwsgi([1, 0, 65]), .brokenPacket),
        (uwsgi([1, 0, 65, 1, 0]), .brokenPacket),
        (uwsgi([1, 0, 65, 255, 255, 1]), .brokenPacket),
        (uwsgi(Array(repeatElement(0, count: 4 * 513))), .tooManyVariables(limit: 512)),
        (ByteBuffer(string: "GET / HTTP/1.1\r\n"), .speaksHTTP(.uwsgi)),
        (ByteBuffer(string: "POST"), .speaksHTTP(.uwsgi)),
        (ByteBuffer(bytes: [22, 3, 1, 0, 200]), .speaksTLS(.uwsgi)),
    ]

    @Test("A packet that is none is refused by name", arguments: brokenPackets.indices)
    func brokenPacket(row: Int) {
        let (bytes, fault) = Self.brokenPackets[row]
        #expect(throws: fault) { try Self.read(bytes, .uwsgi) }
    }

    @Test("Modifier 30 is a web request too")
    func modifiers() throws {
        #expect(try Self.read(Self.uwsgi([1, 0, 65, 0, 0], modifier: 30), .uwsgi)?.pairs.map(\.name) == ["A"])
        #expect(CGIFault.modifier(5).description.contains("5, Perl (PSGI)"))
        #expect(CGIFault.modifier(222).description.contains("modifier1 222;"))
    }

    @Test("A packet holds 65,535 bytes and no more")
    func largestPacket() throws {
        var variables = CGIVariables(limits: .init(bytes: 100_000))
        try variables.append("A", String(repeating: "x", count: 65_535 - 5))
        var bytes = ByteBuffer()
        try UWSGIPacket.write(variables, into: &bytes)
        #expect(bytes.readableBytes == 65_539)
        #expect(try Self.read(bytes, .uwsgi)?.size == 65_531)
        try variables.append("B", "")
        #expect(throws: CGIVariables.Overflow.tooManyBytes(limit: 65_535)) {
            try UWSGIPacket.write(variables, into: &bytes)
        }
    }

    static let brokenNetstrings: [(String, CGIFault)] = [
        ("GET / HTTP/1.1\r\n", .speaksHTTP(.scgi)),
        ("\u{16}\u{3}\u{1}\0", .speaksTLS(.scgi)),
        ("xyzw", .invalidNetstring),
        (":,xx", .invalidNetstring),
        ("01:x,", .invalidNetstring),
        ("5x", .invalidNetstring),
        ("12345678", .invalidNetstring),
        ("9999999:", .netstringTooLong(limit: 66_559)),
        ("0:,", .lengthIsNotFirst),
        ("4:SCGI;", .invalidNetstring),
        ("7:SCGI\u{0}1\u{0},", .lengthIsNotFirst),
        ("17:CONTENT_LENGTH\u{0}0\u{0},", .noSCGI),
        ("24:CONTENT_LENGTH\u{0}0\u{0}SCGI\u{0}2\u{0},", .noSCGI),
        ("14:CONTENT_LENGTH,", .unpairedName),
        ("16:CONTENT_LENGTH\u{0}0,", .unpairedName),
        ("22:CONTENT_LENGTH\u{0}0\u{0}SCGI\u{0},", .unpairedName),
    ]

    @Test("A netstring that is none is refused by name", arguments: brokenNetstrings.indices)
    func brokenNetstring(row: Int) {
        let (text, fault) = Self.brokenNetstrings[row]
        #expect(throws: fault) { try Self.read(ByteBuffer(string: text), .scgi) }
    }

    @Test("A NUL in a value cannot become another variable")
    func nul() throws {
        let variables = try CGIVariables([("CONTENT_LENGTH", "0"), ("PATH_INFO", "/\0HTTP_X\01")])
        var bytes = ByteBuffer()
        #expect(throws: SCGIHeaders.NULInVariable.self) { try SCGIHeaders.write(variables, into: &bytes) }
        #expect(bytes.readableBytes == 0)
    }

    @Test("Whoever speaks HTTP is told what to do", arguments: [CGIProtocol.uwsgi, .scgi])
    func strangers(carrier: CGIProtocol) {
        #expect(CGIFault.speaksHTTP(carrier).description.contains("\(carrier)_pass"))
    }
}
