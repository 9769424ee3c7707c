import Glibc
import MartletCGI
import NIOCore
import NIOPosix

/// Writes the standard error of a script to the log, line by line.
final class ScriptErrorHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// Its last lines may be on their way when the script is over; what it has left in the background is not listened to.
    private static let lastLines = TimeAmount.seconds(1)

    private let run: ScriptRun
    private var lines = ErrorLines()
    private var context: ChannelHandlerContext?
    private var hasEnded = false

    private init(_ run: ScriptRun) { self.run = run }

    /// - Parameter descriptor: belongs to the channel from then on.
    static func open(_ descriptor: CInt, on loop: any EventLoop, for run: ScriptRun) -> ScriptErrorHandler {
        let handler = ScriptErrorHandler(run)
        let bound = NIOLoopBound(handler, eventLoop: loop)
        NIOPipeBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(bound.value)
                }
            }
            .takingOwnershipOfDescriptor(input: descriptor)
            .whenFailure { _ in
                Glibc.close(descriptor)
                bound.value.ended()
            }
        return handler
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        ended()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { lines.take(unwrapInboundIn(data)) { run.log($0) } }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) { ended() }

    private func ended() {
        guard !hasEnded else { return }
        hasEnded = true
        lines.finish { run.log($0) }
        run.handle(.errorsEnded)
    }

    func closeSoon() {
        guard let context, !hasEnded else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.lastLines) { bound.value.context?.close(promise: nil) }
    }
}
