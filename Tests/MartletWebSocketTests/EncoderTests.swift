import NIOCore
import Testing

@testable import MartletWebSocket

@Suite struct EncoderTests {
    private func frame(_ role: WebSocketRole = .server, _ write: (WebSocketEncoder, inout ByteBuffer) -> Void)
        -> ByteBuffer
    {
        var output = ByteBuffer()
        write(WebSocketEncoder(role), &output)
        return output
    }

    @Test("The frames of a server are those of RFC 6455 section 5.7")
    func server() {
        #expect(frame { $0.write(.text("Hello"), into: &$1) } == hex("8105 48656c6c6f"))
        #expect(frame { $0.writePing(ByteBuffer(string: "Hello"), into: &$1) } == hex("8905 48656c6c6f"))
        #expect(frame { $0.writePong(ByteBuffer(string: "Hello"), into: &$1) } == hex("8a05 48656c6c6f"))
        #expect(frame { $0.writeClose(WebSocketClosure(.goingAway, "bye"), into: &$1) } == hex("8805 03e9 627965"))
    }

    @Test("A client masks, each frame with another key")
    func client() {
        let frames = (0..<8).map { _ in frame(.client) { $0.write(.text("Hello"), into: &$1) } }
        #expect(Set(frames).count > 1)
        for frame in frames {
            #expect(DecoderTests.decode(frame, .server, inPiecesOf: 2).events == [.message(.text("Hello"))])
        }
    }

    @Test("A code that must not be sent is left out, and a reason is cut between characters")
    func close() {
        #expect(frame { $0.writeClose(WebSocketClosure(.none), into: &$1) } == hex("8800"))
        #expect(frame { $0.writeClose(WebSocketClosure(.abnormal, "x"), into: &$1) } == hex("8800"))
        let long = WebSocketClosure(.normal, String(repeating: "ü", count: 100))
        #expect(long.reason == String(repeating: "ü", count: 61))
        #expect(frame { $0.writeClose(long, into: &$1) }.readableBytes == 2 + 2 + 122)
        #expect(frame { $0.writePing(ByteBuffer(repeating: 1, count: 200), into: &$1) }.readableBytes == 2 + 125)
    }

    @Test("The explanation of each fault fits into a Close frame")
    func reasons() {
        let faults: [WebSocketFault] = [
            .reservedBits, .unknownOpcode(15), .notMasked, .masked, .lengthNotMinimal, .lengthTooLarge,
            .controlFragmented,
            .controlTooLong, .continuationOfNothing, .messageInsideMessage, .messageTooLong(limit: .max), .invalidText,
            .malformedClose, .invalidCloseCode(65535),
        ]
        for fault in faults {
            #expect(WebSocketClosure(fault.closeCode, "\(fault)").reason == "\(fault)")
            #expect("\(fault)".hasSuffix("."))
        }
    }
}
