public import NIOCore

/// Reads the frames of a peer: bytes in, events out (RFC 6455 section 5).
///
/// The rules:
///
/// 1. Content is looked at as it comes: a text that is no UTF-8 and a message that is too long are faults before the rest of
///    them is there.
/// 2. The frames of a message are put together; control frames between them are events of their own.
/// 3. Behind a Close frame or a fault nothing is read any more.
///
/// NIOWebSocket's decoder is not used: it needs a channel's context, and leaves messages, UTF-8 and the rules of Close to others.
public struct WebSocketDecoder: Sendable {
    private struct Frame {
        let head: FrameHead
        var mask: FrameMask?
        /// How many bytes of the content have not come yet.
        var rest: Int
    }

    private struct Message {
        let isText: Bool
        var bytes = ByteBuffer()
        var check = UTF8Check()
    }

    private let role: WebSocketRole
    private let limits: WebSocketLimits
    private var input = ByteBuffer()
    private var frame: Frame?
    /// Whose first frame has come and whose last one has not ended.
    private var message: Message?
    /// The content of a control frame.
    private var control = ByteBuffer()
    private var isOver = false

    /// - Parameter role: of this end.
    public init(_ role: WebSocketRole, limits: WebSocketLimits = WebSocketLimits()) {
        self.role = role
        self.limits = limits
    }

    /// Adds bytes that have come.
    public mutating func receive(_ bytes: ByteBuffer) {
        guard !isOver else { return }
        if input.readableBytes == 0 { input = bytes } else { input.writeImmutableBuffer(bytes) }
    }

    /// The next event; nil if more bytes are needed, and after the end.
    public mutating func next() throws(WebSocketFault) -> WebSocketEvent? {
        guard !isOver else { return nil }
        do {
            let event = try read()
            if case .close = event { end() }
            return event
        } catch {
            end()
            throw error
        }
    }

    private mutating func end() {
        isOver = true
        (input, message, frame, control) = (ByteBuffer(), nil, nil, ByteBuffer())
    }

    private mutating func read() throws(WebSocketFault) -> WebSocketEvent? {
        while true {
            if frame == nil {
                guard let head = try FrameHead.read(from: &input, isMasked: role == .server) else { return nil }
                try begin(head)
            }
            guard var frame else { return nil }
            let count = min(frame.rest, input.readableBytes)
            if count > 0, let piece = input.readSlice(length: count) {
                frame.rest -= count
                try take(piece, of: &frame)
            }
            self.frame = frame
            guard frame.rest == 0 else { return nil }
            self.frame = nil
            if let event = try end(frame.head) { return event }
        }
    }

    private mutating func begin(_ head: FrameHead) throws(WebSocketFault) {
        switch head.opcode {
        case .text, .binary:
            guard message == nil else { throw .messageInsideMessage }
            message = Message(isText: head.opcode == .text)
        case .continuation: if message == nil { throw .continuationOfNothing }
        case .close, .ping, .pong: control.clear()
        }
        if !head.opcode.isControl, head.length > limits.message - (message?.bytes.readableBytes ?? 0) {
            throw .messageTooLong(limit: limits.message)
        }
        frame = Frame(head: head, mask: head.mask, rest: head.length)
    }

    private mutating func take(_ piece: ByteBuffer, of frame: inout Frame) throws(WebSocketFault) {
        if frame.head.opcode.isControl {
            Self.add(piece, to: &control, &frame.mask)
            return
        }
        guard var message else { return }
        // So that no copy is made of what came before.
        self.message = nil
        let start = message.bytes.readableBytes
        Self.add(piece, to: &message.bytes, &frame.mask)
        if message.isText {
            let isText = message.bytes.withUnsafeReadableBytes { bytes in
                message.check.take(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(start)))
            }
            guard isText else { throw .invalidText }
        }
        self.message = message
    }

    private static func add(_ piece: ByteBuffer, to bytes: inout ByteBuffer, _ mask: inout FrameMask?) {
        let start = bytes.readableBytes
        bytes.writeImmutableBuffer(piece)
        guard var own = mask else { return }
        bytes.apply(&own, from: start)
        mask = own
    }

    private mutating func end(_ head: FrameHead) throws(WebSocketFault) -> WebSocketEvent? {
        switch head.opcode {
        case .close: return .close(try WebSocketClosure(payload: control))
        case .ping: return .ping(control)
        case .pong: return .pong(control)
        case .text, .binary, .continuation: break
        }
        guard head.isFinal, let whole = message else { return nil }
        message = nil
        guard whole.isText else { return .message(.bytes(whole.bytes)) }
        guard whole.check.isWhole else { throw .invalidText }
        return .message(.text(String(buffer: whole.bytes)))
    }
}
