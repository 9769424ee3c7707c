package import MartletGateway
package import MartletHTTP1
package import NIOCore

/// The server's side of one connection that carries CGI's variables, without sockets, tasks or time: bytes in, events out;
/// answers in, bytes out. uwsgi and SCGI are ``OneRequestMachine``.
///
/// The rules:
///
/// 1. One request at a time: from its last byte to the end of its answer ``receive(_:replies:)`` returns `needsMore`.
/// 2. When the variables are whole their reader says how long the body is, with ``takeBody(_:limit:_:)``, or refuses them.
/// 3. An answer that breaks off is never ended as if it were whole.
package protocol CGIMachine: Sendable {
    /// Those of the last request that has come whole.
    var variables: CGIVariables { get }
    /// The answer that is due or under way.
    var answer: CGIAnswer { get set }
    /// No byte of a request has come.
    var isIdle: Bool { get }
    /// Whether the next bytes belong to the variables of a request.
    var isReadingHead: Bool { get }
    /// Whether the rest of a body is on its way.
    var isReadingBody: Bool { get }
    /// Whether further input is read and thrown away.
    var isDiscarding: Bool { get }
    /// Whether the peer has closed its sending side; it may still read.
    var inputIsClosed: Bool { get }

    /// Takes the next step over the bytes that have arrived, and removes those that it has handled from `input`.
    ///
    /// - Parameter replies: what the protocol itself has to say.
    mutating func receive(_ input: inout ByteBuffer, replies: inout ByteBuffer) -> CGIEvent
    /// The variables were accepted.
    ///
    /// - Parameters:
    ///   - limit: the largest body in bytes.
    ///   - input: the bytes behind the variables.
    mutating func takeBody(_ length: CGIRequest.Length, limit: Int, _ input: inout ByteBuffer) -> HTTP1Body
    /// The request is answered without having been read: what still comes of it is nobody's.
    mutating func refuse(_ fault: CGIFault)
    /// The peer was too slow with its body.
    mutating func breakBody()
    mutating func inputClosed()

    /// How much of a body may be between ``openPiece(_:into:)`` and ``closePiece(_:into:)``; nil for any size.
    static var pieceBytes: Int? { get }
    func openPiece(_ count: Int, into output: inout ByteBuffer)
    func closePiece(_ count: Int, into output: inout ByteBuffer)
    func writeHead(of response: Response, _ framing: ResponseFraming, isUpgrade: Bool, into output: inout ByteBuffer)
    /// The answer is complete.
    mutating func finishAnswer(into output: inout ByteBuffer) -> CGINext
    /// Whether the connection may carry bytes of another protocol from now on.
    var canLeave: Bool { get }
    mutating func leave()
    /// The connection is being closed.
    mutating func end()
}

package enum CGIEvent: Sendable {
    /// Nothing to do before more bytes arrive, or before the answer is written.
    case needsMore
    /// The first bytes of a request have arrived.
    case begun
    /// The variables of a request are whole.
    case request
    case data(ByteBuffer)
    case bodyEnd
    /// The bytes break the protocol, among the variables.
    case fault(CGIFault)
    /// The rest of a body will not come as it was announced.
    case bodyFault(RequestFault)
    /// The peer gives the request up.
    case aborted
    /// Bytes were thrown away.
    case discarded
    /// Close the connection.
    case close
}

/// What the end of an answer means for the connection.
package enum CGINext: Sendable, Equatable {
    case request
    case close
}
