import MartletGateway
import MartletHTTP1
import NIOCore

/// What will be counted and logged of an exchange.
struct ExchangeRecord {
    /// Whether there is a valid head.
    var hasHead = false
    var sequence: UInt64 = 0
    /// The client's address as text.
    var client: [UInt8] = []
    /// What is known of the request's first line, if there is no head.
    var line: RequestLineText?
    /// What it is counted as.
    var route = RouteNumber.none
    var status = 0
    /// The status where the client has got none: nginx's for a client that went away. 503 where it was the server's doing.
    var lostStatus = 499
    /// Bytes of the body that were sent.
    var sentBytes = 0
    /// Bytes of the request's body that have arrived.
    var receivedBytes = 0
    /// When the request had arrived, if somebody wants to know how long it takes.
    var started: NIODeadline?
}
