internal import MartletGateway
internal import NIOCore

/// Requests that nobody waits for any more before a worker has claimed them: they cost a worker nothing (CVE-2023-44487 had clients
/// that take back what they ask for).
extension Slot: LossObserver {
    func clientIsLost() {
        guard lane.eventLoop.inEventLoop else { return lane.eventLoop.execute { self.clientIsLost() } }
        // The slot may be another request's by now.
        guard isInUse, !isAnswered, hasLostClient, lane.withdraw(self) else { return }
        isAnswered = true
        lane.release(self)
    }

    /// The slot is still kept, and what its request held is not.
    func forgetRequest() {
        isAbandoned = true
        unfed = nil
        exchange = nil
        pump?.cancel()
        pump = nil
        wakeBodyFeeder()
    }
}
