import NIOCore
import Testing

@testable import MartletServer

@Suite struct ClientHelloTests {
    /// A ClientHello by its parts.
    private func message(name: String? = "a.test", protocols: [String] = [], padding: Int = 0) -> [UInt8] {
        func part(_ length: Int, _ bytes: [UInt8]) -> [UInt8] {
            (0..<length).reversed().map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) } + bytes
        }
        var extensions: [UInt8] = [0x2A, 0x2A] + part(2, [])
        if padding > 0 { extensions += [0, 21] + part(2, [UInt8](repeating: 0, count: padding)) }
        if let name { extensions += [0, 0] + part(2, part(2, [0] + part(2, Array(name.utf8)))) }
        if !protocols.isEmpty {
            extensions += [0, 16] + part(2, part(2, protocols.flatMap { part(1, Array($0.utf8)) }))
        }
        let body =
            [3, 3] + [UInt8](repeating: 7, count: 32) + part(1, [1, 2]) + part(2, [0x13, 1]) + part(1, [0])
            + part(2, extensions)
        return [1] + part(3, body)
    }

    private func records(_ message: [UInt8], of size: Int = 16_384) -> ByteBuffer {
        var buffer = ByteBuffer()
        for start in stride(from: 0, to: message.count, by: size) {
            let piece = message[start..<min(start + size, message.count)]
            buffer.writeBytes([22, 3, 1, UInt8(piece.count >> 8), UInt8(piece.count & 255)] + piece)
        }
        return buffer
    }

    @Test(arguments: [
        ("a.test" as String?, ["h2", "http/1.1"], "a.test" as String?), ("A.TEST.", [], "a.test"), (nil, ["h2"], nil),
        ("x", ["acme-tls/1"], "x"),
    ])
    func nameAndProtocolsAreRead(name: String?, protocols: [String], seen: String?) {
        let hello = ClientHello(serverName: seen, protocols: protocols)
        let message = message(name: name, protocols: protocols)
        for size in [1, 2, 5, 100, 16_384] {
            #expect(ClientHello.read(records(message, of: size)) == .hello(hello))
        }
    }

    @Test func everyBeginningNeedsMore() {
        let whole = records(message(protocols: ["h2"], padding: 3_000), of: 700)
        for count in 0..<whole.readableBytes {
            #expect(ClientHello.read(whole.getSlice(at: 0, length: count) ?? ByteBuffer()) == .needsMore)
        }
    }

    @Test(arguments: [
        [UInt8](repeating: 0x16, count: 20_000), [22, 3, 1, 0, 0], [22, 3, 1, 0xFF, 0xFF], [21, 3, 1, 0, 2, 1, 0],
        [22, 3, 1, 0, 4, 2, 0, 0, 0], [22, 3, 1, 0, 4, 1, 0xFF, 0xFF, 0xFF], [22, 3, 1, 0, 5, 1, 0, 0, 1, 3],
        [0x80, 0x2E, 1],
    ])
    func whatIsNoHelloIsLeftToTheLibrary(bytes: [UInt8]) {
        #expect(ClientHello.read(ByteBuffer(bytes: bytes)) == .unreadable)
    }

    @Test(arguments: ["GET / HTTP/1.1\r\n", "PRI * HTTP/2.0", "x"])
    func plainTextIsKnownByItsFirstByte(text: String) {
        #expect(ClientHello.read(ByteBuffer(string: text)) == .plainText)
    }

    @Test func noChangeOfAByteTraps() {
        let bytes = Array(records(message(protocols: ["h2"]), of: 40).readableBytesView)
        for index in bytes.indices {
            for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
                var changed = bytes
                changed[index] = value
                _ = ClientHello.read(ByteBuffer(bytes: changed))
            }
        }
    }
}
