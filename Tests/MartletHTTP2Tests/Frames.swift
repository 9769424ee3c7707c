import NIOCore

@testable import MartletHTTP2

/// Frames as the other side reads and writes them.
struct Frames {
    let head: FrameHead
    let payload: [UInt8]

    /// Takes all whole frames.
    static func read(_ bytes: inout ByteBuffer) -> [Frames] {
        var frames: [Frames] = []
        while bytes.readableBytes >= FrameHead.size {
            let head = bytes.withUnsafeReadableBytes(FrameHead.init)
            guard bytes.readableBytes >= FrameHead.size + head.length else { break }
            bytes.moveReaderIndex(forwardBy: FrameHead.size)
            frames.append(Frames(head: head, payload: bytes.readBytes(length: head.length) ?? []))
        }
        return frames
    }

    /// What a frame says, in words.
    var description: String {
        let stream = head.stream > 0 ? " \(head.stream)" : ""
        let end = head.flags.contains(.endStream) ? ", end" : ""
        let word = payload.count >= 4 ? payload.suffix(4).reduce(0) { $0 << 8 | Int($1) } : 0
        switch head.type {
        case .data: return "DATA\(stream): \(payload.count)\(end)"
        case .headers: return "HEADERS\(stream): \(status)\(end)"
        case .reset: return "RST_STREAM\(stream): \(error(word))"
        case .settings: return head.flags.contains(.ack) ? "SETTINGS ack" : "SETTINGS"
        case .ping: return head.flags.contains(.ack) ? "PING ack" : "PING"
        case .goAway: return "GOAWAY \(payload.prefix(4).reduce(0) { $0 << 8 | Int($1) }): \(error(word))"
        case .windowUpdate: return "WINDOW_UPDATE\(stream): \(word)"
        default: return "\(head)"
        }
    }

    private var status: String {
        let fields = responseFields(payload)
        return fields.first { $0.hasPrefix(":status") }?.replacing(":status: ", with: "")
            ?? fields.joined(separator: ", ")
    }

    private func error(_ code: Int) -> String { HTTP2Error(rawValue: UInt32(code)).map { "\($0)" } ?? "\(code)" }

    static func make(_ type: FrameType, _ flags: FrameFlags = [], stream: UInt32 = 0, _ payload: [UInt8] = [])
        -> [UInt8]
    {
        var bytes = ByteBuffer()
        bytes.writeFrameHead(length: payload.count, type, flags, stream: stream)
        return Array(bytes.readableBytesView) + payload
    }

    static func word(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } }

    static func setting(_ setting: HTTP2Setting, _ value: Int) -> [UInt8] {
        [0, UInt8(setting.rawValue)] + word(value)
    }

    /// The block of a request to `/` of the host `h`.
    static func block(_ method: String = "GET", path: String = "/", _ fields: [(String, String)] = []) -> [UInt8] {
        var block: [UInt8] = []
        for (name, value) in [(":method", method), (":scheme", "http"), (":path", path), (":authority", "h")] + fields {
            FieldEncoder.append(name.utf8, value.utf8, to: &block)
        }
        return block
    }
}
