import NIOCore
import Testing

@testable import MartletWebSocket

/// What the bytes of a peer mean, in one piece and byte by byte.
@Suite struct DecoderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var role = WebSocketRole.client
        let bytes: String
        let events: [WebSocketEvent]
        var fault: WebSocketFault?

        var testDescription: String { name }
    }

    static func text(_ text: String) -> WebSocketEvent { .message(.text(text)) }

    /// The examples of RFC 6455 section 5.7; the two long ones are in ``long(length:)``.
    static let examples: [Case] = [
        Case(name: "a text", bytes: "81 05 48656c6c6f", events: [text("Hello")]),
        Case(name: "a masked text", role: .server, bytes: "81 85 37fa213d 7f9f4d5158", events: [text("Hello")]),
        Case(name: "a text in two fragments", bytes: "01 03 48656c 80 02 6c6f", events: [text("Hello")]),
        Case(name: "a ping", bytes: "89 05 48656c6c6f", events: [.ping(ByteBuffer(string: "Hello"))]),
        Case(
            name: "a masked pong",
            role: .server,
            bytes: "8a 85 37fa213d 7f9f4d5158",
            events: [.pong(ByteBuffer(string: "Hello"))]
        ),
    ]

    static let messages: [Case] = [
        Case(name: "an empty text", bytes: "8100", events: [text("")]),
        Case(name: "empty bytes", bytes: "8200", events: [.message(.bytes(ByteBuffer()))]),
        Case(name: "bytes that are no UTF-8", bytes: "8202 c328", events: [.message(.bytes(hex("c328")))]),
        Case(name: "two messages", bytes: "8101 61 8101 62", events: [text("a"), text("b")]),
        Case(name: "empty fragments", bytes: "0100 0000 0001 61 0000 8000", events: [text("a")]),
        Case(
            name: "a ping between fragments",
            bytes: "0101 61 8901 21 8001 62",
            events: [.ping(ByteBuffer(string: "!")), text("ab")]
        ),
        Case(name: "a character across fragments", bytes: "0101 c3 8001 bc", events: [text("ü")]),
        Case(name: "a character of four bytes across three", bytes: "0102 f09f 0001 8e 8001 89", events: [text("🎉")]),
        Case(name: "a Close without a code", bytes: "8800", events: [.close(WebSocketClosure(.none))]),
        Case(
            name: "a Close with code and reason",
            bytes: "8805 03e8 627965",
            events: [.close(WebSocketClosure(.normal, "bye"))]
        ),
        Case(
            name: "an application's own code",
            bytes: "8802 1387",
            events: [.close(WebSocketClosure(WebSocketCloseCode(rawValue: 4999)))]
        ),
        Case(name: "nothing behind a Close", bytes: "8800 8101 61", events: [.close(WebSocketClosure(.none))]),
        Case(name: "half a frame", bytes: "8105 48656c", events: []),
        Case(name: "a Close between fragments", bytes: "0101 61 8800", events: [.close(WebSocketClosure(.none))]),
    ]

    static let faults: [Case] = [
        Case(name: "RSV1", bytes: "c100", events: [], fault: .reservedBits),
        Case(name: "RSV2", bytes: "a100", events: [], fault: .reservedBits),
        Case(name: "RSV3", bytes: "9100", events: [], fault: .reservedBits),
        Case(name: "opcode 3", bytes: "8300", events: [], fault: .unknownOpcode(3)),
        Case(name: "opcode 15", bytes: "8f00", events: [], fault: .unknownOpcode(15)),
        Case(name: "a client that does not mask", role: .server, bytes: "8101 61", events: [], fault: .notMasked),
        Case(name: "a server that masks", bytes: "8181 00000000 61", events: [], fault: .masked),
        Case(name: "16 bits for 125", bytes: "827e 007d", events: [], fault: .lengthNotMinimal),
        Case(name: "64 bits for 65535", bytes: "827f 000000000000ffff", events: [], fault: .lengthNotMinimal),
        Case(name: "the highest bit", bytes: "827f 8000000000000000", events: [], fault: .lengthTooLarge),
        Case(name: "2⁶³ - 1 bytes", bytes: "827f 7fffffffffffffff", events: [], fault: .messageTooLong(limit: 1 << 20)),
        Case(name: "a fragmented ping", bytes: "0900", events: [], fault: .controlFragmented),
        Case(name: "a long ping", bytes: "897e 007e", events: [], fault: .controlTooLong),
        Case(name: "a continuation of nothing", bytes: "8001 61", events: [], fault: .continuationOfNothing),
        Case(
            name: "a continuation behind a whole message",
            bytes: "8101 61 8001 62",
            events: [text("a")],
            fault: .continuationOfNothing
        ),
        Case(name: "a message inside another", bytes: "0101 61 8101 62", events: [], fault: .messageInsideMessage),
        Case(name: "a Close of one byte", bytes: "8801 03", events: [], fault: .malformedClose),
        Case(name: "a reason that is no UTF-8", bytes: "8803 03e8 ff", events: [], fault: .invalidText),
        Case(name: "half a character at the end", bytes: "8101 c3", events: [], fault: .invalidText),
        Case(name: "half a character at the end of fragments", bytes: "0101 c3 8000", events: [], fault: .invalidText),
        // Known before the rest is there.
        Case(name: "no UTF-8 at once", bytes: "81 7e ffff 61 ff", events: [], fault: .invalidText),
        Case(
            name: "events come before the fault behind them",
            bytes: "8900 c100",
            events: [.ping(ByteBuffer())],
            fault: .reservedBits
        ),
    ]

    @Test("Bytes become events", arguments: examples + messages + faults)
    func events(_ example: Case) {
        let bytes = hex(example.bytes)
        for size in [bytes.readableBytes, 3, 1] {
            let outcome = Self.decode(bytes, example.role, inPiecesOf: max(1, size))
            #expect(outcome.events == example.events, "in pieces of \(size)")
            #expect(outcome.fault == example.fault, "in pieces of \(size)")
        }
    }

    static func decode(
        _ bytes: ByteBuffer,
        _ role: WebSocketRole,
        limits: WebSocketLimits = WebSocketLimits(),
        inPiecesOf size: Int
    ) -> (events: [WebSocketEvent], fault: WebSocketFault?) {
        var decoder = WebSocketDecoder(role, limits: limits)
        var events: [WebSocketEvent] = []
        var rest = bytes
        do throws(WebSocketFault) {
            while rest.readableBytes > 0, let piece = rest.readSlice(length: min(size, rest.readableBytes)) {
                decoder.receive(piece)
                while let event = try decoder.next() { events.append(event) }
            }
        } catch {
            // It stays at an end.
            decoder.receive(hex("8101 61"))
            do {
                let next = try decoder.next()
                #expect(next == nil)
            } catch {
                Issue.record("\(error)")
            }
            return (events, error)
        }
        return (events, nil)
    }

    @Test(
        "Codes that nobody may send",
        arguments: [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] as [UInt16]
    )
    func codes(code: UInt16) {
        var frame = hex("8802")
        frame.writeInteger(code)
        #expect(Self.decode(frame, .client, inPiecesOf: 4).fault == .invalidCloseCode(code))
        #expect(!WebSocketCloseCode(rawValue: code).isSendable)
    }

    @Test("Lengths in one, three and nine bytes", arguments: [0, 1, 125, 126, 256, 65_535, 65_536, 300_000])
    func long(length: Int) {
        for role in [WebSocketRole.client, .server] {
            let content = ByteBuffer(bytes: (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            var frame = ByteBuffer()
            WebSocketEncoder(role == .client ? .server : .client).write(.bytes(content), into: &frame)
            let mask = role == .server ? 4 : 0
            #expect(frame.readableBytes == length + mask + (length < 126 ? 2 : length < 65_536 ? 4 : 10))
            for size in [frame.readableBytes, 1000, 7] {
                let outcome = Self.decode(frame, role, inPiecesOf: size)
                #expect(outcome.events == [.message(.bytes(content))])
            }
        }
    }

    @Test("A message has a limit, however it comes")
    func limit() {
        let limits = WebSocketLimits(message: 4)
        for (bytes, fault) in [
            ("8204 00000000", nil), ("8205", .messageTooLong(limit: 4)), ("0203 000000 8001 00", nil),
            ("0203 000000 8002", .messageTooLong(limit: 4)), ("8904 00000000", nil),
            ("0100 0005", .messageTooLong(limit: 4)),
        ] as [(String, WebSocketFault?)] {
            #expect(Self.decode(hex(bytes), .client, limits: limits, inPiecesOf: 1).fault == fault, "\(bytes)")
        }
        #expect(WebSocketFault.messageTooLong(limit: 4).closeCode == .tooLarge)
        #expect(WebSocketFault.invalidText.closeCode == .invalidData)
        #expect(WebSocketFault.notMasked.closeCode == .protocolError)
    }

    @Test("Whatever comes, nothing traps")
    func noise() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 1...40)).map { _ in UInt8.random(in: 0 ... .max, using: &random) }
            for role in [WebSocketRole.client, .server] {
                let whole = Self.decode(ByteBuffer(bytes: bytes), role, inPiecesOf: bytes.count)
                let single = Self.decode(ByteBuffer(bytes: bytes), role, inPiecesOf: 1)
                #expect(whole.events == single.events && whole.fault == single.fault)
            }
        }
    }
}
