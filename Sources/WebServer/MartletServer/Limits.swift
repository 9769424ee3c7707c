import MartletHTTP1
import MartletHTTP2

/// What one client may take. All of them are on by default; ``settings`` names and documents them.
public struct Limits: Sendable, Equatable {
    /// A request head in bytes.
    public var headBytes = 32_768
    /// Header lines of a request.
    public var headFields = 100
    /// A request target in bytes.
    public var targetBytes = 8_192
    /// A request body in bytes.
    public var bodyBytes = 10_485_760
    /// Requests of an HTTP/2 connection that are answered at a time.
    public var streams = 128
    /// From the first byte of a request head to its last.
    public var headTimeout: Duration = .seconds(10)
    /// How long a connection may stay open between requests.
    public var idleTimeout: Duration = .seconds(75)
    /// How long a request body may take, however small it is.
    public var bodyGrace: Duration = .seconds(5)
    /// Bytes per second that a request body must keep up on average after the grace.
    public var bodyRate = 500
    /// How long a client may take nothing of a waiting answer.
    public var sendTimeout: Duration = .seconds(60)
    /// How much of an unread request body is discarded to keep the connection.
    public var unreadBodyBytes = 65_536
    /// How long the server reads and discards what a client still sends after its answer, so that the client can read
    /// the answer.
    public var lingerTimeout: Duration = .seconds(30)
    /// How long a client may be silent, without closing, during that time.
    public var lingerSilence: Duration = .seconds(5)
    /// Open connections; 0 derives it from the limit on open files.
    public var connections = 0

    public init() {}

    var http2: HTTP2Limits { HTTP2Limits(head: head, bodyBytes: bodyBytes, streams: streams) }
    var head: HeadLimits { HeadLimits(headBytes: headBytes, fields: headFields, targetBytes: targetBytes) }
}
