import MartletWebSocket
import NIOCore

/// What holds for all frames, at both ends of a connection:
///
/// 1. However they are cut, the same comes of them, and the same is wrong with them.
/// 2. No message is longer than the limit, and no content of a ping than a control frame may be.
/// 3. What was read is read again as the same when it is written down.
enum WebSocketRules {
    private static let limits = WebSocketLimits(message: 1000)

    private struct Outcome: Equatable {
        var events: [WebSocketEvent] = []
        var fault: WebSocketFault?
    }

    static func check(_ bytes: [UInt8]) throws {
        for (role, other) in [(WebSocketRole.server, WebSocketRole.client), (.client, .server)] {
            let whole = outcome([bytes[...]], role)
            for pieces in Cuts.all(bytes) {
                try BrokenRule.unless(outcome(pieces, role), is: whole, "what is read depends on where it is cut")
            }
            for event in whole.events { try checkSize(event) }
            var written = ByteBuffer()
            let encoder = WebSocketEncoder(other)
            for event in whole.events {
                switch event {
                case .message(let message): encoder.write(message, into: &written)
                case .ping(let content): encoder.writePing(content, into: &written)
                case .pong(let content): encoder.writePong(content, into: &written)
                case .close(let closure): encoder.writeClose(closure, into: &written)
                }
            }
            let again = outcome([Array(written.readableBytesView)[...]], role)
            try BrokenRule.unless(again, is: Outcome(events: whole.events), "what is written is read as something else")
        }
    }

    private static func outcome(_ pieces: [ArraySlice<UInt8>], _ role: WebSocketRole) -> Outcome {
        var decoder = WebSocketDecoder(role, limits: limits)
        var outcome = Outcome()
        do throws(WebSocketFault) {
            for piece in pieces {
                decoder.receive(ByteBuffer(bytes: piece))
                while let event = try decoder.next() { outcome.events.append(event) }
            }
        } catch {
            outcome.fault = error
        }
        return outcome
    }

    private static func checkSize(_ event: WebSocketEvent) throws {
        switch event {
        case .message(let message):
            let count = message.bytes.readableBytes
            try BrokenRule.unless(count <= limits.message, "a message of \(count) bytes")
        case .ping(let content), .pong(let content):
            try BrokenRule.unless(content.readableBytes <= 125, "\(content.readableBytes) bytes in a control frame")
        case .close(let closure):
            try BrokenRule.unless(closure.reason.utf8.count <= 123, "a reason of \(closure.reason.utf8.count) bytes")
        }
    }

    static var seeds: [[UInt8]] {
        [WebSocketRole.client, .server].map { role in
            let encoder = WebSocketEncoder(role)
            var bytes = ByteBuffer()
            encoder.write(.text("grüße 🎉"), into: &bytes)
            encoder.writePing(ByteBuffer(string: "there?"), into: &bytes)
            encoder.write(.bytes(ByteBuffer(repeating: 7, count: 300)), into: &bytes)
            encoder.writeClose(WebSocketClosure(.goingAway, "bye"), into: &bytes)
            return Array(bytes.readableBytesView)
        } + [
            [0x01, 0x02, 0x61, 0xC3, 0x89, 0x00, 0x00, 0x00, 0x80, 0x01, 0xBC],
            [0x01, 0x82, 0, 0, 0, 0, 0x61, 0xC3, 0x89, 0x80, 1, 2, 3, 4, 0x80, 0x81, 0, 0, 0, 0, 0xBC],
        ]
    }
}
