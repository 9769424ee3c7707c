import Glibc
import Logging
import NIOCore

/// Handles errors of accept(2), such as too many open files: idle connections are closed at once to make room, and
/// accept is tried again. If all are busy, new clients wait in the kernel's queue during a pause: NIO's own handling
/// leaves the socket registered, and the loop spins.
final class AcceptErrors: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = Channel

    private static let pause = TimeAmount.milliseconds(100)

    private let shared: LoopContext?
    private let logger: Logger
    private var pauseOfLog = LogPause()

    init(shared: LoopContext?, logger: Logger) {
        self.shared = shared
        self.logger = logger
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The client went away before it was accepted; the next one may be there.
        if (error as? IOError)?.errnoCode == ECONNABORTED { return }
        if pauseOfLog.isOver() {
            logger.warning(
                "Connections cannot be accepted for now, idle ones make room and new attempts follow: \(error)"
            )
        }
        guard let shared, shared.makeRoom() == 0 else { return }
        let channel = context.channel
        try? channel.syncOptions?.setOption(.autoRead, value: false)
        let resume = { @Sendable in
            if channel.isActive { try? channel.syncOptions?.setOption(.autoRead, value: true) }
        }
        shared.askOthersForRoom { if $0 { resume() } }
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause, resume)
    }
}
