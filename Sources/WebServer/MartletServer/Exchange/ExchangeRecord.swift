import MartletHTTP1
import NIOCore

/// What the access log will tell of an exchange.
struct ExchangeRecord {
    /// Whether there is a head that can be trusted.
    var hasHead = false
    var sequence: UInt64 = 0
    /// The client's address as text.
    var client: [UInt8] = []
    /// What is known of the request's first line, where there is no head.
    var line: RequestLineText?
    var status = 0
    /// Of the body, as they were sent.
    var sentBytes = 0
    /// When the request was there, where the log tells durations.
    var started: NIODeadline?
}
