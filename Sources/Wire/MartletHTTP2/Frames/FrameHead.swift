import NIOCore

/// The types of frames (RFC 9113 section 6, RFC 9218 section 7.1).
enum FrameType: UInt8, Sendable {
    case data = 0
    case headers = 1
    case priority = 2
    case reset = 3
    case settings = 4
    case pushPromise = 5
    case ping = 6
    case goAway = 7
    case windowUpdate = 8
    case continuation = 9
    case priorityUpdate = 16
}

struct FrameFlags: OptionSet, Sendable {
    let rawValue: UInt8

    /// Of DATA and HEADERS.
    static let endStream = FrameFlags(rawValue: 1)
    /// Of SETTINGS and PING.
    static let ack = FrameFlags(rawValue: 1)
    static let endHeaders = FrameFlags(rawValue: 4)
    static let padded = FrameFlags(rawValue: 8)
    static let priority = FrameFlags(rawValue: 32)
}

/// The nine bytes before the payload of every frame (RFC 9113 section 4.1).
struct FrameHead: Sendable, Equatable {
    static let size = 9
    /// The largest payload: what SETTINGS_MAX_FRAME_SIZE is unless an endpoint changes it. This one neither accepts nor
    /// sends larger ones.
    static let payloadBytes = 16_384

    var length: Int
    /// Nil for one that is not known, and to be ignored.
    var type: FrameType?
    var flags: FrameFlags
    var stream: UInt32

    /// - Parameter bytes: at least ``size`` of them.
    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer) {
        let word = bytes.loadUnaligned(as: UInt32.self).bigEndian
        length = Int(word &>> 8)
        type = FrameType(rawValue: UInt8(truncatingIfNeeded: word))
        flags = FrameFlags(rawValue: bytes[4])
        stream = bytes.loadUnaligned(fromByteOffset: 5, as: UInt32.self).bigEndian & 0x7FFF_FFFF
    }

    /// The payload without its padding; nil if the padding is longer than what it pads (RFC 9113 section 6.1).
    @inline(__always)
    func content(of payload: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard flags.contains(.padded) else { return payload }
        guard let padding = payload.first, Int(padding) < payload.count else { return nil }
        return UnsafeRawBufferPointer(rebasing: payload[1..<(payload.count &- Int(padding))])
    }
}

/// Error codes (RFC 9113 section 7).
package enum HTTP2Error: UInt32, Error, Sendable {
    case none = 0
    case `protocol` = 1
    case `internal` = 2
    case flowControl = 3
    case settingsTimeout = 4
    case streamClosed = 5
    case frameSize = 6
    case refusedStream = 7
    case cancel = 8
    case compression = 9
    case connect = 10
    case enhanceYourCalm = 11
    case inadequateSecurity = 12
    case http11Required = 13
}

// MARK: - Writing

extension ByteBuffer {
    mutating func writeFrameHead(length: Int, _ type: FrameType, _ flags: FrameFlags = [], stream: UInt32) {
        let word = UInt32(truncatingIfNeeded: length) &<< 8 | UInt32(type.rawValue)
        writeMultipleIntegers(word, flags.rawValue, stream)
    }

    mutating func writeReset(_ stream: UInt32, _ error: HTTP2Error) {
        writeFrameHead(length: 4, .reset, stream: stream)
        writeInteger(error.rawValue)
    }

    mutating func writeWindowUpdate(_ stream: UInt32, _ increment: Int) {
        writeFrameHead(length: 4, .windowUpdate, stream: stream)
        writeInteger(UInt32(truncatingIfNeeded: increment))
    }

    mutating func writeGoAway(last: UInt32, _ error: HTTP2Error) {
        writeFrameHead(length: 8, .goAway, stream: 0)
        writeMultipleIntegers(last, error.rawValue)
    }

    mutating func writePing(_ data: UInt64, isReply: Bool) {
        writeFrameHead(length: 8, .ping, isReply ? .ack : [], stream: 0)
        writeInteger(data)
    }

    mutating func writeSettings(_ settings: [(HTTP2Setting, UInt32)]) {
        writeFrameHead(length: settings.count &* 6, .settings, stream: 0)
        for (setting, value) in settings { writeMultipleIntegers(setting.rawValue, value) }
    }
}

/// Settings (RFC 9113 section 6.5.2, RFC 8441 section 3, RFC 9218 section 2.1).
enum HTTP2Setting: UInt16, Sendable {
    case headerTableSize = 1
    case enablePush = 2
    case concurrentStreams = 3
    case initialWindow = 4
    case frameSize = 5
    case headerListSize = 6
    case enableConnectProtocol = 8
    case noPriorities = 9
}
