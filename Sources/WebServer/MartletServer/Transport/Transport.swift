import MartletGateway
import NIOCore

/// The way of a connection's bytes to and from its socket, for whichever protocol is spoken over it.
///
/// The rules:
///
/// 1. Used on the connection's event loop only.
/// 2. What is written gathers in one buffer and leaves with ``flush()``: head and body of a small answer in one system call.
/// 3. A transport puts the handlers into its channel by itself. So one that writes to the descriptor is never in a channel that
///    encrypts, and one that encrypts has no descriptor to write to.
protocol Transport: AnyObject {
    /// Whether nobody between here and the client can read along.
    var isSecure: Bool { get }
    /// Whether more is welcome; an answer that is made while it is sent waits for that.
    var isWritable: Bool { get set }
    /// Whether the client has yet to take something that was written.
    var isSending: Bool { get }
    /// Bytes that wait for the next flush.
    var gathered: Int { get }
    /// Bytes that were written and that the socket has not taken.
    var unsentBytes: Int { get }
    /// Whether the client has sent something that was not read.
    var hasUnreadInput: Bool { get }
    /// Whether the client's system has yet to confirm something that was sent.
    var hasUntakenOutput: Bool { get }
    var isActive: Bool { get }

    /// The channel is there.
    func opened()
    /// Appends to what leaves with the next flush.
    func withOutput(_ body: (inout ByteBuffer) -> Void)
    /// Adds bytes to what leaves with the next flush.
    func write(_ bytes: ByteBuffer)
    func flush()
    /// Sends a part of a file behind all that was written.
    ///
    /// - Parameter whenTaken: called with whether it was sent, at once or later.
    func send(_ part: FileRegion, whenTaken: @escaping (Bool) -> Void)
    /// Sends all that was written, then calls `whenSent`, also where it could not be sent.
    func finish(whenSent: @escaping () -> Void)

    /// Reads from the client, or does not.
    func setReading(_ wanted: Bool)
    /// Ends our direction; the client may still send.
    func closeOutput()
    func close()
    /// Closes so that the client sees an error instead of an end.
    func reset()
    /// Looks after a client that has ended its direction: one that is gone looks the same.
    func watchForLoss()
}
