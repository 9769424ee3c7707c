/// Why a WebSocket was closed (RFC 6455 section 7.4).
public struct WebSocketCloseCode: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    public let rawValue: UInt16

    /// An application's own codes are 4000 to 4999.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// All is said.
    public static let normal = Self(rawValue: 1000)
    /// The server stops, or the person has left the page.
    public static let goingAway = Self(rawValue: 1001)
    public static let protocolError = Self(rawValue: 1002)
    /// A kind of data that is not taken here, such as bytes where only text is.
    public static let unsupportedData = Self(rawValue: 1003)
    /// Data that is not what it should be, such as a text that is no UTF-8.
    public static let invalidData = Self(rawValue: 1007)
    /// Against the application's own rules.
    public static let policyViolation = Self(rawValue: 1008)
    public static let tooLarge = Self(rawValue: 1009)
    public static let internalError = Self(rawValue: 1011)
    /// Come again later.
    public static let tryAgainLater = Self(rawValue: 1013)

    /// The Close frame had no code. Never sent.
    public static let none = Self(rawValue: 1005)
    /// There was no Close frame: the connection broke. Never sent.
    public static let abnormal = Self(rawValue: 1006)

    /// Whether it may stand in a Close frame: those of the IANA's registry, and 3000 to 4999.
    public var isSendable: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    public var description: String { String(rawValue) }
}
