/// How many bytes of DATA may be sent, on a stream or a connection (RFC 9113 section 6.9).
struct FlowWindow: Sendable, Equatable {
    static let initial = 65_535
    static let largest = 0x7FFF_FFFF

    /// Below zero where SETTINGS have made it smaller than what has been sent.
    private(set) var size: Int

    init(_ size: Int = initial) { self.size = size }

    /// - Returns: false if it would become larger than is allowed.
    mutating func grow(by increment: Int) -> Bool {
        size &+= increment
        return size <= Self.largest
    }

    /// - Returns: false if that is more than it has.
    @inline(__always)
    mutating func use(_ count: Int) -> Bool {
        size &-= count
        return size >= 0
    }

    /// How many bytes may be sent now.
    var room: Int { max(0, size) }
}

/// The window that a client may fill: it is given back as its bytes are used, in few frames.
struct ReceiveWindow: Sendable, Equatable {
    /// What the client may send before anything is given back.
    let whole: Int
    private var window: FlowWindow
    /// What has been received and not been used.
    private(set) var held = 0
    /// What has been used and not been given back.
    private var owed = 0

    init(_ whole: Int) {
        self.whole = whole
        window = FlowWindow(whole)
    }

    /// - Returns: false if the client has sent more than it may.
    @inline(__always)
    mutating func receive(_ count: Int) -> Bool {
        held &+= count
        return window.use(count)
    }

    /// - Returns: by how much to grow the client's window now; nil if that can wait.
    @inline(__always)
    mutating func use(_ count: Int) -> Int? {
        let count = min(count, held)
        held &-= count
        owed &+= count
        guard owed >= whole / 2 else { return nil }
        defer { owed = 0 }
        _ = window.grow(by: owed)
        return owed
    }

    /// Bytes that are of no use to anybody; the window stays as it is.
    mutating func drop(_ count: Int) { held = max(0, held &- count) }

    /// Whether the client can send nothing more.
    var isFull: Bool { window.size <= 0 }
}
