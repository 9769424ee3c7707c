/// What the other side has said in its SETTINGS (RFC 9113 section 6.5.2).
struct PeerSettings: Sendable, Equatable {
    /// The window that a new stream has.
    private(set) var initialWindow = FlowWindow.initial
    /// Our encoder has never used the dynamic table, so what matters is whether the peer made it smaller than it is by
    /// itself: it then waits for our word (RFC 7541 section 4.2).
    private(set) var tableSize = 4096
    /// How many requests it takes at a time.
    private(set) var concurrentStreams = Int.max
    /// Whether it says that answers may come that nobody asked for: a client may, a server never.
    private(set) var enablesPush = false

    /// Takes the payload of a frame.
    ///
    /// - Throws: what is wrong with it.
    mutating func take(_ payload: UnsafeRawBufferPointer) throws(HTTP2Error) {
        guard payload.count % 6 == 0 else { throw .frameSize }
        for place in stride(from: 0, to: payload.count, by: 6) {
            let id = payload.loadUnaligned(fromByteOffset: place, as: UInt16.self).bigEndian
            let value = payload.loadUnaligned(fromByteOffset: place &+ 2, as: UInt32.self).bigEndian
            switch HTTP2Setting(rawValue: id) {
            case .headerTableSize: tableSize = min(tableSize, Int(value))
            case .enablePush where value > 1, .enableConnectProtocol where value > 1, .noPriorities where value > 1:
                throw .protocol
            case .enablePush: enablesPush = value == 1
            case .concurrentStreams: concurrentStreams = Int(value)
            case .initialWindow:
                guard value <= UInt32(FlowWindow.largest) else { throw .flowControl }
                initialWindow = Int(value)
            case .frameSize:
                // Ours are as small as any peer must accept.
                guard (16_384...16_777_215).contains(value) else { throw .protocol }
            default: break
            }
        }
    }
}
