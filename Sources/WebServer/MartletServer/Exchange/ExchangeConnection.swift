import HTTPTypes
import MartletGateway
import MartletHTTP1
import NIOCore

/// What an exchange asks of its connection, whichever protocol that speaks. Used on the connection's event loop only.
protocol ExchangeConnection: AnyObject {
    /// The client's address, for the log.
    var clientDescription: String { get }
    /// Whether more of the answer is welcome.
    func isWritable(for exchange: ServerExchange) -> Bool
    /// Writes the head of the answer.
    ///
    /// - Returns: whether a body may follow.
    func writeHead(of response: Response, body: ResponseFraming.Body, for exchange: ServerExchange) -> Bool
    /// Counts bytes that the application has made of the body, whether they are sent now or later.
    ///
    /// - Throws: ``BodyTooLong``: they are more than it has announced, and none of them may be sent.
    func countBody(_ count: Int, for exchange: ServerExchange) throws(BodyTooLong)
    /// Writes a part of the body, which leaves with the next flush.
    func write(_ bytes: ByteBuffer, for exchange: ServerExchange)
    /// Sends a part of a file as a part of the body.
    ///
    /// - Parameter whenTaken: called with whether it was sent, at once or later.
    func send(_ part: FileRegion, for exchange: ServerExchange, whenTaken: @escaping (Bool) -> Void)
    func flush()
    /// Sends what was written at the end of this turn of the loop at the latest.
    func flushSoon()
    /// The answer is complete.
    ///
    /// - Returns: how many bytes are missing that were announced; then it is not complete, and to be aborted.
    func end(_ exchange: ServerExchange) -> Int
    /// Ends the answer so that it cannot be taken for a whole one. What was written before is sent.
    func abort(_ exchange: ServerExchange)
    /// Closes at once, for an answer that cannot even be sent as far as it was written.
    func closeNow()
    func inform(_ status: HTTPResponse.Status, _ headers: Headers, for exchange: ServerExchange)
    /// The request broke the protocol: nothing else is read after it.
    func refuse(_ exchange: ServerExchange)
    /// The reader of the request's body waits.
    func bodyIsWanted(by exchange: ServerExchange)
    /// Leaves HTTP.
    ///
    /// - Returns: what the client sends from now on; nil where that is not possible.
    func upgrade(_ response: Response, for exchange: ServerExchange) -> BodyStream?
}
