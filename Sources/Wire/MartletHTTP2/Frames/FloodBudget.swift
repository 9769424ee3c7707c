/// What a client may have us do for nothing.
///
/// Every frame spends of it that does no work: each PING, SETTINGS, PRIORITY, empty DATA, each stream that the client
/// resets (CVE-2023-44487) or makes us reset (CVE-2025-8671). It is earned by answers and bytes that are sent, by bytes that
/// are received, and by time. A client without budget loses its connection (ENHANCE_YOUR_CALM).
struct FloodBudget: Sendable, Equatable {
    enum Cost: Int, Sendable {
        /// A frame that is read and answered, or ignored.
        case frame = 1
        /// A request that is refused.
        case refusal = 2
        /// A request whose work was begun for nothing. swift-nio-http2 allows 200 of them in 30 seconds.
        case stream = 5
    }

    /// A browser that is led to another page resets about 100 streams at once.
    static let whole = 1000
    /// What a second gives back.
    static let perSecond = 50
    /// So many bytes earn one.
    private static let bytes = 1024

    private(set) var left = whole
    private var counted = 0
    /// How many WINDOW_UPDATEs have come.
    private var updates = 0

    /// - Returns: false if there is none left.
    mutating func spend(_ cost: Cost, times: Int = 1) -> Bool {
        left &-= cost.rawValue &* times
        return left >= 0
    }

    @inline(__always)
    mutating func earn(_ amount: Int) {
        if left < Self.whole { left = min(Self.whole, left &+ amount) }
    }

    /// A WINDOW_UPDATE: a client may reply to each frame of DATA with two of them, as late as it likes.
    ///
    /// - Parameter sent: how many frames of DATA it was sent.
    mutating func spendUpdate(sent: Int) -> Bool {
        updates &+= 1
        return updates <= 2 &* sent || spend(.frame)
    }

    /// Bytes of DATA were sent.
    @inline(__always)
    mutating func earn(sent count: Int) { earn(1 &+ count / Self.bytes) }

    /// DATA was received.
    @inline(__always)
    mutating func earn(received count: Int) {
        counted &+= count
        guard counted >= Self.bytes else { return }
        earn(counted / Self.bytes)
        counted %= Self.bytes
    }
}
