import MartletHTTP1
import NIOCore

/// What the access log will say about an exchange.
struct ExchangeRecord {
    /// Whether there is a valid head.
    var hasHead = false
    var sequence: UInt64 = 0
    /// The client's address as text.
    var client: [UInt8] = []
    /// What is known of the request's first line, if there is no head.
    var line: RequestLineText?
    var status = 0
    /// The status where the client has got none: nginx's for a client that went away. 503 where it was the server's doing.
    var lostStatus = 499
    /// Bytes of the body that were sent.
    var sentBytes = 0
    /// When the request had arrived, if the log needs durations.
    var started: NIODeadline?
}
