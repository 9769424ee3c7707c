import MartletGateway
import NIOCore

/// Carries a connection's bytes to and from its socket, for any protocol.
///
/// The rules:
///
/// 1. Used on the connection's event loop only.
/// 2. Output is collected in one buffer and sent by ``flush()``: head and body of a small answer in one system call.
/// 3. A transport adds the handlers of its channel itself. So one that writes to the descriptor is never in a channel
///    that encrypts, and one that encrypts has no descriptor to write to.
protocol Transport: AnyObject {
    /// Whether the connection is encrypted.
    var isSecure: Bool { get }
    /// Whether more output is welcome; a streamed answer waits for that.
    var isWritable: Bool { get set }
    /// Whether there is output that has not been sent.
    var isSending: Bool { get }
    /// How many bytes wait for the next flush.
    var gathered: Int { get }
    /// How many bytes were flushed but not taken by the socket.
    var unsentBytes: Int { get }
    /// Whether there is unread input.
    var hasUnreadInput: Bool { get }
    /// Whether the client's system has not acknowledged everything that was sent.
    var hasUntakenOutput: Bool { get }
    var isActive: Bool { get }

    /// The channel is active.
    func opened()
    /// Appends to the output of the next flush.
    func withOutput(_ body: (inout ByteBuffer) -> Void)
    /// Adds bytes to the output of the next flush.
    func write(_ bytes: ByteBuffer)
    func flush()
    /// Sends a part of a file after everything that was written.
    ///
    /// - Parameter whenTaken: called with whether it was sent, at once or later.
    func send(_ part: FileRegion, whenTaken: @escaping (Bool) -> Void)
    /// Sends everything that was written, then calls `whenSent`, even if it could not be sent.
    func finish(whenSent: @escaping () -> Void)

    /// Turns reading on or off.
    func setReading(_ wanted: Bool)
    /// Closes our sending side; the client may still send.
    func closeOutput()
    func close()
    /// Closes so that the client sees an error instead of an end.
    func reset()
    /// Watches a client that has closed its sending side, since one that is gone looks the same.
    func watchForLoss()
}
