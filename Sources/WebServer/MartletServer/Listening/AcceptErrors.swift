import Glibc
import Logging
import NIOCore

/// Errors of accept(2), such as too many open files: those who can be spared make room at once, and the attempt is made again. Where
/// everyone is busy, newcomers wait in the kernel's queue, and there is a pause: NIO's own leaves the socket registered, and
/// the loop spins.
final class AcceptErrors: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = Channel

    private static let pause = TimeAmount.milliseconds(100)

    private let shared: LoopContext?
    private let logger: Logger
    /// A shortage that lasts is not told every time.
    private var nextWord = NIODeadline.uptimeNanoseconds(0)

    init(shared: LoopContext?, logger: Logger) {
        self.shared = shared
        self.logger = logger
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A client that went away before it was accepted: the next one is as welcome.
        if (error as? IOError)?.errnoCode == ECONNABORTED { return }
        if .now() >= nextWord {
            nextWord = .now() + .minutes(1)
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
