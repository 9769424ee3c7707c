package import NIOCore

/// How the body of a message is delimited (RFC 9112 section 6).
package enum MessageFraming: Sendable, Equatable {
    case none
    case length(Int)
    case chunked
}

/// The parts of a request's head that are about the message and the connection, not for the application (RFC 9112
/// sections 6 and 9).
package struct HTTP1Message: Sendable, Equatable {
    package var framing = MessageFraming.none
    /// Whether the connection may be used again after this request.
    package var keepsAlive = true
    /// The client waits for `100 Continue` before it sends the body.
    package var expectsContinue = false
    package var wantsUpgrade = false
    package var isHead = false
    package var isHTTP10 = false

    package init() {}
}

/// The body of a request, as far as it arrived with the head.
package enum HTTP1Body: Sendable, Equatable {
    case none
    case whole(ByteBuffer)
    /// More will follow.
    case open(length: Int?, first: ByteBuffer)
}
