/// What is wrong, and with what (RFC 9113 section 5.4).
enum HTTP2Fault: Error, Sendable, Equatable {
    case connection(HTTP2Error)
    case stream(UInt32, HTTP2Error)
}

/// The frames that are about the connection or a stream and carry neither fields nor a body, checked as far as they can be
/// by themselves.
enum ControlFrame: Sendable, Equatable {
    case settings
    case settingsWereRead
    case ping(UInt64)
    case pong(UInt64)
    /// - Parameter last: the newest stream that is, or may be, dealt with.
    case goAway(last: UInt32, code: UInt32)
    case windowUpdate(UInt32, Int)
    case reset(UInt32, code: UInt32)
    /// RFC 7540's priorities are not used.
    case priority
    case priorityUpdate(UInt32, StreamPriority)

    /// - Returns: nil for a frame of another type.
    init?(_ frame: FrameHead, _ payload: UnsafeRawBufferPointer) throws(HTTP2Fault) {
        switch frame.type {
        case .settings:
            guard frame.stream == 0 else { throw .connection(.protocol) }
            let isReply = frame.flags.contains(.ack)
            guard isReply ? payload.count == 0 : payload.count % 6 == 0 else { throw .connection(.frameSize) }
            self = isReply ? .settingsWereRead : .settings
        case .ping:
            guard frame.stream == 0 else { throw .connection(.protocol) }
            guard payload.count == 8 else { throw .connection(.frameSize) }
            let data = payload.loadUnaligned(as: UInt64.self).bigEndian
            self = frame.flags.contains(.ack) ? .pong(data) : .ping(data)
        case .goAway:
            guard frame.stream == 0 else { throw .connection(.protocol) }
            guard payload.count >= 8 else { throw .connection(.frameSize) }
            self = .goAway(last: Self.word(payload), code: Self.code(UnsafeRawBufferPointer(rebasing: payload[4...])))
        case .windowUpdate:
            guard payload.count == 4 else { throw .connection(.frameSize) }
            self = .windowUpdate(frame.stream, Int(Self.word(payload)))
        case .reset:
            guard frame.stream & 1 == 1 else { throw .connection(.protocol) }
            guard payload.count == 4 else { throw .connection(.frameSize) }
            self = .reset(frame.stream, code: Self.code(payload))
        case .priority:
            guard frame.stream != 0 else { throw .connection(.protocol) }
            guard payload.count == 5 else { throw .stream(frame.stream, .frameSize) }
            guard !Self.depends(payload, on: frame.stream) else { throw .stream(frame.stream, .protocol) }
            self = .priority
        case .priorityUpdate:
            guard frame.stream == 0 else { throw .connection(.protocol) }
            guard payload.count >= 4 else { throw .connection(.frameSize) }
            let stream = Self.word(payload)
            guard stream & 1 == 1 else { throw .connection(.protocol) }
            self = .priorityUpdate(stream, StreamPriority(UnsafeRawBufferPointer(rebasing: payload[4...])))
        case .data, .headers, .continuation, .pushPromise, nil: return nil
        }
    }

    /// The first four bytes without the reserved bit.
    private static func word(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        bytes.loadUnaligned(as: UInt32.self).bigEndian & 0x7FFF_FFFF
    }

    /// An error code, known or not.
    private static func code(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        bytes.loadUnaligned(as: UInt32.self).bigEndian
    }

    /// Whether a priority makes a stream depend on itself.
    static func depends(_ priority: UnsafeRawBufferPointer, on stream: UInt32) -> Bool {
        priority.count >= 4 && word(priority) == stream
    }
}
