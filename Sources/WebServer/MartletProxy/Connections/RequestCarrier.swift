import MartletGateway
import MartletHTTP1
import NIOCore

/// What carries one request to an upstream and its answer back: a connection of its own (``UpstreamConnection``), or a stream
/// of one that several requests share (``HTTP2UpstreamStream``).
///
/// Used on its event loop only.
protocol RequestCarrier: AnyObject, Sendable {
    /// Whether its connection may have ended because nobody has used it for long.
    var isKept: Bool { get }
    /// Whether a byte of the answer has come.
    var hasReceived: Bool { get }
    /// Whether something of the request's body is still to be sent.
    var isSendingBody: Bool { get }
    /// Whether the connection is not known to have ended.
    var isQuiet: Bool { get }
    /// Whether output waits for the upstream to take it.
    var isBlocked: Bool { get }
    var isClosed: Bool { get }

    /// Begins the request. Its body follows, then ``endBody(trailer:)``.
    ///
    /// - Parameters:
    ///   - framing: how its body is delimited.
    ///   - mayHaveTrailer: whether fields may follow it.
    func begin(
        _ request: OutgoingRequest,
        framing: MessageFraming,
        mayHaveTrailer: Bool,
        for user: any UpstreamUser
    ) throws
    /// Writes a part of the body, to be sent with the next flush.
    func write(_ bytes: ByteBuffer) throws
    /// The body is complete.
    ///
    /// - Parameter trailer: the fields behind it; not every protocol has them.
    /// - Throws: ``UpstreamFault`` if it is shorter than it was announced.
    func endBody(trailer: Headers?) throws
    func flush()
    /// Sends bytes and returns when more are welcome.
    func send(_ bytes: ByteBuffer) async throws
    /// Nothing more is sent; the upstream may still send.
    func closeOutput()
    func setReading(_ wanted: Bool)
    /// Ends the request at once. Its user is told nothing.
    func close()
    /// No request has begun, and none will.
    func leave()
}
