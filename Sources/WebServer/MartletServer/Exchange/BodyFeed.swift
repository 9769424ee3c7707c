import MartletGateway
import MartletHTTP1
import NIOCore

/// The body of a request on its way from the connection to its reader.
struct BodyFeed {
    let stream: BodyStream
    /// The reader has enough for now, so the connection is not read from.
    var isHeldBack = false
    private(set) var received = 0
    /// How long the client has had to send it, counted in ticks.
    private var waited = Duration.zero

    init(_ stream: BodyStream) {
        self.stream = stream
    }

    mutating func take(_ chunk: ByteBuffer) {
        received &+= chunk.readableBytes
        isHeldBack = !stream.feed(chunk)
    }

    /// Counts time in which the client could have sent.
    ///
    /// - Returns: whether it has sent too little in that time.
    mutating func isTooSlow(after time: Duration, limits: Limits) -> Bool {
        waited += time
        return waited > limits.bodyGrace + Duration.seconds(received / max(1, limits.bodyRate))
    }

    static func error(for fault: any RequestRefusal) -> any Error {
        fault as? RequestFault == .bodyCutShort ? IncompleteBody() : fault
    }
}
