import MartletGateway
import NIOCore

/// One connection, in whichever protocol: what its channel tells it, and what its loop asks of it.
protocol ServerConnection: AnyObject {
    // From the channel.
    /// The connection can be read from and written to.
    func opened(_ info: ConnectionInfo)
    func received(_ bytes: ByteBuffer)
    /// More output is welcome after a wait.
    func outputIsWelcome()
    /// The client has closed its sending side.
    func inputClosed()
    /// The connection is gone, for whatever reason. Safe to call twice.
    func lost()

    // From the loop.
    /// Its index in the loop's list.
    var index: Int { get set }
    /// When the client must have done what the connection waits for.
    var deadline: NIODeadline { get set }
    func tick(_ now: NIODeadline)
    /// About how much memory it needs.
    var heldBytes: Int { get }
    /// How well it can be closed to make room for another; nil if it is in use.
    func spare(latest: LoopContext.LatestDeadlines) -> SpareConnection?
    /// Whether its socket has unread input or unsent output. Costs a system call.
    var hasBytesUnderWay: Bool { get }
    /// Turns reading on or off, according to the state. Also called when a connection that has waited for room gets it.
    func updateReading()
    /// Which requests it may carry; nil where it is not encrypted, or not yet.
    var coverage: (any TLSCoverage)? { get }
    /// The server is stopping, or what it asks of clients has changed: closes if idle, else after the next answer.
    func refuseNewRequests()
    func closeNow()
    /// Whether somebody waits for the rest of an answer.
    var isBusy: Bool { get }
    /// Closes immediately, even with unsent output.
    func closeAtOnce()
}

/// How well a connection can be spared, the best candidates first.
enum SpareConnection: CaseIterable {
    /// It is waiting for its next request, or lingering.
    case idle
    /// Its client is slow with a head, or with a body that is being discarded.
    case slow
    /// It has just arrived, and had no time to send a request.
    case new
}
