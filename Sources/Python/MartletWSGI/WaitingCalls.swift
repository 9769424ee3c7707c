internal import MartletGateway
internal import NIOCore

/// Requests of one event loop that wait for a slot. Those whose clients have gone are passed over.
struct WaitingCalls {
    /// More are answered with 503; nginx's and Linux' listen queues are of this order.
    private static let limit = 16_384

    private var calls = CircularBuffer<(call: Lane.Call, tick: UInt32)>()

    var count: Int { calls.count }
    /// When the first of them came.
    var oldest: UInt32? { calls.first?.tick }

    /// - Returns: whether there is room.
    mutating func append(_ call: Lane.Call, at tick: UInt32) -> Bool {
        if calls.count >= Self.limit { forgetLost() }
        guard calls.count < Self.limit else { return false }
        calls.append((call, tick))
        return true
    }

    mutating func popFirst() -> Lane.Call? {
        while let next = calls.popFirst() {
            if !next.call.exchange.isLost { return next.call }
        }
        return nil
    }

    /// What they hold is of more use elsewhere.
    mutating func forgetLost() { calls.removeAll { $0.call.exchange.isLost } }
}
