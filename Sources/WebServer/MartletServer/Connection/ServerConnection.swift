import MartletGateway
import NIOCore

/// One connection, in the protocol that is spoken on it: what its channel tells it, and what its loop asks of it.
protocol ServerConnection: AnyObject {
    // From the channel.
    /// It can be read from and written to.
    func opened(_ info: Connection)
    func received(_ bytes: ByteBuffer)
    /// What was written has been taken.
    func outputIsWelcome()
    /// The client has ended its direction.
    func inputClosed()
    /// The connection is gone, for whatever reason. Safe to call twice.
    func lost()

    // From the loop.
    /// Place in the loop's list.
    var index: Int { get set }
    /// Until when the client must have done what is waited for.
    var deadline: NIODeadline { get set }
    func tick(_ now: NIODeadline)
    /// About how much memory is needed for it.
    var heldBytes: Int { get }
    /// Whether it can be closed to make room for another; nil while it is of use.
    func spare(latest: LoopContext.LatestDeadlines) -> SpareConnection?
    /// Whether its socket has something that was not read, or not taken. Asking costs a call of the system.
    var hasBytesUnderWay: Bool { get }
    /// Reads from the client, or not, as the state asks for. A connection that has waited for room has it now.
    func updateReading()
    /// The server is stopping: an idle connection closes, another one with its next answer.
    func refuseNewRequests()
    func closeNow()
    /// Closes whatever the client is doing, and whatever it has not taken yet.
    func closeAtOnce()
}

/// How well a connection can be spared, the best first.
enum SpareConnection: CaseIterable {
    /// Nobody waits for anything.
    case idle
    /// Its client is slow with a head, or with a body that nobody wants.
    case slow
    /// It came in this very moment, and has had no time to ask.
    case new
}
