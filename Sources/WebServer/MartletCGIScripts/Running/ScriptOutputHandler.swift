import Glibc
import MartletCGI
import NIOCore
import NIOPosix

/// Reads the standard output of a script, as fast as its answer is taken.
final class ScriptOutputHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var run: ScriptRun?
    private var context: ChannelHandlerContext?
    private var isPaused = false

    private init(_ run: ScriptRun) { self.run = run }

    /// - Parameter descriptor: belongs to the channel from then on.
    static func open(_ descriptor: CInt, on loop: any EventLoop, for run: ScriptRun) -> ScriptOutputHandler {
        let handler = ScriptOutputHandler(run)
        let bound = NIOLoopBound(handler, eventLoop: loop)
        NIOPipeBootstrap(group: loop)
            .channelOption(.autoRead, value: false)
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

    func channelActive(context: ChannelHandlerContext) { context.read() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { run?.handle(.output(unwrapInboundIn(data))) }

    func channelReadComplete(context: ChannelHandlerContext) { if !isPaused { context.read() } }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) { ended() }

    private func ended() { run.take()?.handle(.outputEnded) }

    /// The client has enough to take.
    func pause() {
        guard !isPaused else { return }
        isPaused = true
        run?.handle(.waits(.output, true))
    }

    func resume() {
        guard isPaused else { return }
        isPaused = false
        run?.handle(.waits(.output, false))
        context?.read()
    }

    func close() {
        run = nil
        context?.close(promise: nil)
    }
}
