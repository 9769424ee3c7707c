/// How a peer broke the rules of RFC 6455. The connection ends with ``closeCode``.
public enum WebSocketFault: Error, Sendable, Hashable {
    /// Bits of a head that only extensions use, and none was agreed on (section 5.2).
    case reservedBits
    case unknownOpcode(UInt8)
    /// A client has to mask its frames (section 5.1).
    case notMasked
    /// A server must not mask its frames.
    case masked
    /// A length that would have fitted into fewer bytes.
    case lengthNotMinimal
    /// A length above 2⁶³ - 1.
    case lengthTooLarge
    case controlFragmented
    /// A control frame of more than 125 bytes (section 5.5).
    case controlTooLong
    case continuationOfNothing
    /// A message that begins before the one before it has ended.
    case messageInsideMessage
    case messageTooLong(limit: Int)
    /// A text that is no UTF-8 (section 8.1).
    case invalidText
    /// A Close frame whose content is a single byte.
    case malformedClose
    /// A code that must not be sent (section 7.4).
    case invalidCloseCode(UInt16)

    /// The code of the Close frame that tells the peer (section 7.4.1).
    public var closeCode: WebSocketCloseCode {
        switch self {
        case .invalidText: .invalidData
        case .messageTooLong: .tooLarge
        default: .protocolError
        }
    }
}

extension WebSocketFault: CustomStringConvertible {
    /// For the log, and short enough for the reason of a Close frame (123 bytes).
    public var description: String {
        switch self {
        case .reservedBits: "A frame has reserved bits set, and no extension was agreed on."
        case .unknownOpcode(let opcode): "There is no opcode \(opcode)."
        case .notMasked: "A frame of the client is not masked."
        case .masked: "A frame of the server is masked."
        case .lengthNotMinimal: "The length of a frame is written in more bytes than it needs."
        case .lengthTooLarge: "The length of a frame has its highest bit set."
        case .controlFragmented: "A control frame is fragmented."
        case .controlTooLong: "A control frame has more than 125 bytes."
        case .continuationOfNothing: "A frame continues a message that has not begun."
        case .messageInsideMessage: "A message begins before the one before it has ended."
        case .messageTooLong(let limit): "A message is longer than \(limit) bytes."
        case .invalidText: "A text is not valid UTF-8."
        case .malformedClose: "A Close frame has a single byte, which is no code."
        case .invalidCloseCode(let code): "A Close frame has the code \(code), which nobody may send."
        }
    }
}
