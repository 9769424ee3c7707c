import HTTPTypes
import MartletBuffering
import MartletGateway
import MartletHTTP1
import NIOCore

/// What an exchange asks of its connection, in whichever protocol. Used on the connection's event loop only.
protocol ExchangeConnection: AnyObject {
    /// The client's address, for the log.
    var clientDescription: String { get }
    /// Whether more of the answer is welcome.
    func isWritable(for exchange: ServerExchange) -> Bool
    /// Writes the head of the answer.
    ///
    /// - Returns: whether a body may follow.
    func writeHead(of response: Response, body: ResponseFraming.Body, for exchange: ServerExchange) -> Bool
    /// Counts body bytes that the application has written, whether they are sent now or later.
    ///
    /// - Throws: ``BodyTooLong`` if they exceed the announced length; then none of them may be sent.
    func countBody(_ count: Int, for exchange: ServerExchange) throws(BodyTooLong)
    /// Writes a part of the body, to be sent with the next flush.
    func write(_ bytes: ByteBuffer, for exchange: ServerExchange)
    /// Sends a part of a file as a part of the body.
    ///
    /// - Parameter whenTaken: called with whether it was sent, at once or later.
    func send(_ part: FileRegion, for exchange: ServerExchange, whenTaken: @escaping (Bool) -> Void)
    func flush()
    /// Sends what was written by the end of this turn of the loop.
    func flushSoon()
    /// The answer is complete.
    ///
    /// - Returns: how many announced bytes are missing. If any are, nothing has ended, and the answer must be aborted.
    func end(_ exchange: ServerExchange) -> Int
    /// Ends the answer so that it cannot be taken for a complete one. What was written before is still sent.
    func abort(_ exchange: ServerExchange)
    /// A file became shorter while a piece of it was being sent: not even the written part can be.
    func cutShort(_ exchange: ServerExchange)
    func inform(_ status: HTTPResponse.Status, _ headers: Headers, for exchange: ServerExchange)
    /// The request broke the protocol: nothing is parsed after it.
    func refuse(_ exchange: ServerExchange)
    /// The reader of the request's body is waiting.
    func bodyIsWanted(by exchange: ServerExchange)
    /// Leaves HTTP.
    ///
    /// - Returns: what the client sends from now on; nil if an upgrade is not possible.
    func upgrade(_ response: Response, for exchange: ServerExchange) -> BodyStream?
    /// Whether a successful answer would mean that the request has left HTTP.
    func isTunnel(_ exchange: ServerExchange) -> Bool
    /// How much of an answer that its client does not take may be in memory.
    func memoryLimit(for exchange: ServerExchange) -> Int
    /// How much of a file may be sent at a time.
    var filePieceBytes: Int { get }
}

extension ExchangeConnection {
    /// One where it concerns this request alone has nothing to do.
    func refuse(_ exchange: ServerExchange) {}
    func cutShort(_ exchange: ServerExchange) { abort(exchange) }
    func isTunnel(_ exchange: ServerExchange) -> Bool { false }
    func memoryLimit(for exchange: ServerExchange) -> Int { ResponseBuffer.memoryLimit }
    var filePieceBytes: Int { FileTransfer.pieceBytes }
}
