package import HTTPTypes
package import MartletGateway
package import MartletHTTP1
package import NIOCore

/// One protocol of upstreams: a machine that speaks it on one connection, for one request at a time.
///
/// It is all that differs between an HTTP server, uwsgi, SCGI and FastCGI: choosing an upstream, connections, times, retries
/// and answers are the same for all of them.
///
/// A class, since it is asked several times for each request through this protocol, which for a value copies all of it. Used on the
/// loop of its connection.
package protocol UpstreamCodec: AnyObject {
    /// Whether another request may begin. One that cannot keep connections says no after the first.
    var isIdle: Bool { get }
    /// Whether a byte of an answer has come since the request began: until then the upstream may not have seen it.
    var hasReceived: Bool { get }
    /// Whether something of the request's body is still to be sent.
    var isSendingBody: Bool { get }
    /// How many seconds the upstream keeps an unused connection, if it says so.
    var keepAliveSeconds: Int? { get }

    /// A request begins: writes what comes before its body.
    ///
    /// - Parameter framing: how its body is delimited.
    /// - Throws: what the client is told, or an error for the log; then nothing was written.
    func begin(_ request: OutgoingRequest, framing: MessageFraming, into output: inout ByteBuffer) throws
    /// Bytes of the request's body, as the pieces that are sent for them.
    ///
    /// - Throws: ``BodyTooLong`` if there are more than were announced; none of them may be sent.
    func encode(_ bytes: ByteBuffer, _ send: (ByteBuffer) -> Void) throws(BodyTooLong)
    /// The request's body is complete.
    ///
    /// - Returns: whether it is as long as was announced; if not, the connection has to be closed.
    func endBody(into output: inout ByteBuffer) -> Bool
    /// The same, with the fields behind the body; not every protocol has room for them.
    func endBody(trailer: Headers?, into output: inout ByteBuffer) -> Bool
    /// Takes the next step over the bytes that have arrived, and removes those that it has handled.
    func receive(_ input: inout ByteBuffer) -> UpstreamEvent
    /// The rest of an answer whose head was the last event, if all of it is here, with its end: the usual small answer takes one
    /// step instead of three.
    func takeRest(_ input: inout ByteBuffer) -> ByteBuffer?
    /// The upstream has ended its side.
    func inputClosed()
}

extension UpstreamCodec {
    package func endBody(trailer: Headers?, into output: inout ByteBuffer) -> Bool { endBody(into: &output) }
    package func takeRest(_ input: inout ByteBuffer) -> ByteBuffer? { nil }
}

/// What the bytes of an upstream mean.
package enum UpstreamEvent: Sendable {
    case needsMore
    /// An answer ahead of the answer.
    case informational(HTTPResponse.Status, Headers)
    case answer(UpstreamAnswer)
    /// The connection belongs to another protocol from now on, whose bytes are data.
    case switched(HTTPResponse.Status, Headers)
    /// The answer is that of a GET of another path of the site. Nothing follows.
    case localRedirect(String)
    case data(ByteBuffer)
    /// The answer is complete.
    case end(trailer: Headers?)
    /// What an upstream says besides its answer, for the log: a text of several lines.
    case message(String)
    /// The answer, or the rest of it, cannot be used, and the connection neither.
    case fault(UpstreamFault)
    /// The connection has ended between two requests.
    case closed
}

/// The head of an answer.
package struct UpstreamAnswer: Sendable {
    package var status: HTTPResponse.Status
    /// Without those about the connection.
    package var headers: Headers
    package var body: HTTP1ResponseBody
    /// Whether fields may follow a body of a known length.
    package var mayHaveTrailer = false
    /// What is sent in place of its body.
    var namedFile: SentFolders.Named?

    package init(status: HTTPResponse.Status, headers: Headers, body: HTTP1ResponseBody) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// What is wrong with an answer: a sentence's second half, behind "the answer cannot be used: ".
package struct UpstreamFault: Error, Sendable, CustomStringConvertible {
    package let description: String
    /// Whether the connection just ended, as one does whose upstream had closed it while nobody used it.
    package let isEnd: Bool
    /// Whether the upstream says that it has not begun the request.
    package let isRefused: Bool

    package init(_ description: String, isEnd: Bool = false, isRefused: Bool = false) {
        self.description = description
        self.isEnd = isEnd
        self.isRefused = isRefused
    }
}
