package import MartletHTTP1

/// The parts of a request's head that are about the message, not for the application.
package struct HTTP2Message: Sendable, Equatable {
    /// Content-Length.
    package var length: Int?
    /// The client waits for `100 Continue` before it sends the body.
    package var expectsContinue = false
    package var isHead = false
    /// An extended CONNECT for a WebSocket (RFC 8441): the application sees a request for an upgrade.
    package var isWebSocket = false
    package var priority = StreamPriority()

    package init() {}

    /// The same for what is decided as in HTTP/1.
    package var asHTTP1: HTTP1Message {
        var message = HTTP1Message()
        message.isHead = isHead
        return message
    }
}
