package import MartletHTTP1

/// What a client may take of one connection.
package struct HTTP2Limits: Sendable, Equatable {
    package var head: HeadLimits
    /// The largest body of a request.
    package var bodyBytes: Int
    /// Requests at a time. nginx: `http2_max_concurrent_streams 128`.
    package var streams: Int
    /// How much of a body may be on its way or unread. Go: 1 MB; nginx: 64 KB.
    package var streamWindow = 262_144
    /// The same for all bodies together, and so what a connection's unread bodies may hold. Go: 1 MB.
    package var connectionWindow = 1_048_576

    package init(head: HeadLimits = HeadLimits(), bodyBytes: Int, streams: Int = 128) {
        self.head = head
        self.bodyBytes = bodyBytes
        self.streams = max(1, streams)
    }
}
