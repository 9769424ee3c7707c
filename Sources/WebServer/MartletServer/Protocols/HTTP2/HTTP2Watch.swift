import Logging
import MartletHTTP1
import MartletHTTP2
import NIOCore

/// What the loop's tick looks at on a connection, besides its deadline.
final class HTTP2Watch {
    /// When the rest of a frame or of a head must have come.
    private(set) var frame: NIODeadline?
    /// When the client must have read our farewell.
    private var farewell: NIODeadline?
    private var stall = SendStall()

    /// A frame that has begun has to end in the time of a head.
    func note(isInFrame: Bool, hasProgress: Bool, _ services: LoopContext) {
        guard isInFrame else { return frame = nil }
        if hasProgress || frame == nil { frame = services.deadline(.head) }
    }

    /// The client has been told that the server stops.
    func expectFarewell(by moment: NIODeadline) { farewell = moment }

    /// The client takes output again.
    func noteSent() { stall.reset() }

    func tick(_ connection: HTTP2Connection, _ now: NIODeadline) {
        switch connection.stage {
        case .open: tickOpen(connection, now)
        case .lingering where now >= min(connection.deadline, connection.silence): return connection.closeNow()
        case .lingering, .finishing, .closed: break
        }
        guard connection.stage != .closed else { return }
        let isWaiting = !connection.transport.isWritable || connection.stage == .finishing
        let pending = isWaiting ? connection.transport.unsentBytes : 0
        guard stall.hasLasted(connection.services.limits.sendTimeout, pending: pending, at: now) else { return }
        connection.requests.log(.debug, "The client takes nothing of its answers and is dropped.")
        connection.closeNow()
    }

    private func tickOpen(_ connection: HTTP2Connection, _ now: NIODeadline) {
        giveUpStreams(of: connection)
        for exchange in connection.exchanges.values {
            exchange.checkFile()
            checkBodyRate(exchange, of: connection)
        }
        if let frame, now >= frame {
            connection.requests.log(.info, "A frame did not arrive in time.")
            connection.loseAll()
            connection.sayGoodbye()
            return connection.finish()
        }
        if let farewell, now >= farewell { connection.machine.refuseRequests(into: &connection.output) }
        if connection.isIdle {
            if now >= connection.deadline { connection.sayGoodbye() } else if frame == nil { slim(connection) }
        }
        connection.send()
    }

    /// The memory of a connection that has nothing to do is of more use elsewhere.
    private func slim(_ connection: HTTP2Connection) {
        if connection.output.readableBytes == 0 { connection.output = ByteBuffer() }
        connection.requests.slim(connection.services)
    }

    /// Streams that have waited for their client for too long.
    private func giveUpStreams(of connection: HTTP2Connection) {
        let services = connection.services
        func ticks(_ time: Duration) -> Int { Int(time / services.tickInterval) }
        let overdue = connection.machine.streams.ticked(
            sending: ticks(services.limits.sendTimeout),
            discarding: ticks(services.limits.lingerTimeout),
            into: &connection.output
        )
        for id in overdue { connection.lose(id) }
    }

    /// Counts only time in which the client could have sent.
    private func checkBodyRate(_ exchange: ServerExchange, of connection: HTTP2Connection) {
        guard exchange.progress != .upgraded, var feed = exchange.feed, !feed.isHeldBack,
            !connection.machine.streams.waitsForContinue(exchange.stream)
        else { return }
        let services = connection.services
        let isTooSlow = feed.isTooSlow(after: services.tickInterval, limits: services.limits)
        exchange.feed = feed
        guard isTooSlow else { return }
        connection.machine.streams.discardBody(of: exchange.stream, into: &connection.output)
        exchange.bodyFailed(RequestFault.bodyTooSlow)
    }

    /// About how much memory a connection needs: its objects, what waits, and unsent output.
    func heldBytes(of connection: HTTP2Connection) -> Int {
        let kept = connection.exchanges.values.reduce(0) { $0 &+ ($1.streamed?.heldBytes ?? 0) }
        let unsent = connection.transport.isWritable ? 0 : connection.transport.unsentBytes
        return LoopContext.connectionBytes &+ kept &+ connection.machine.streams.waitingBytes &+ unsent
    }

    /// How well a connection can be spared.
    func spare(_ connection: HTTP2Connection, _ latest: LoopContext.LatestDeadlines) -> SpareConnection? {
        switch connection.stage {
        case .lingering: return .idle
        case .open where connection.isIdle:
            if let frame { return frame < latest.head ? .slow : .new }
            return !connection.requests.isNew || connection.deadline < latest.idle ? .idle : .new
        case .open, .finishing, .closed: return nil
        }
    }
}
