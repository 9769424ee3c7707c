import Glibc
import NIOCore
import NIOPosix

/// Work that continues after the other connections of a loop have had their turn.
///
/// A job in the loop's own queue does not wait for them: the loop empties that queue, including jobs that are added
/// meanwhile, before it asks which sockets are ready. So the work is tied to a socket, which becomes ready together
/// with theirs.
///
/// Used on the loop only.
final class LoopTurns: @unchecked Sendable {
    private let loop: any EventLoop
    private var waiting: [() -> Void] = []
    private var channel: (any Channel)?
    private let writeEnd: CInt

    init(_ loop: any EventLoop) {
        self.loop = loop
        var ends: [CInt] = [-1, -1]
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            writeEnd = -1
            return
        }
        writeEnd = ends[1]
        NIOPipeBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(TurnHandler(self))
                }
            }
            .takingOwnershipOfDescriptor(input: ends[0])
            .whenFailure { [end = ends[0]] _ in _ = Glibc.close(end) }
    }

    deinit {
        if writeEnd >= 0 { _ = Glibc.close(writeEnd) }
    }

    /// Calls `work` in the loop's next turn.
    func next(_ work: @escaping () -> Void) {
        guard channel != nil else {
            // Before the socket is there, or if there is none: a pause does the same, less precisely.
            let work = NIOLoopBound(work, eventLoop: loop)
            loop.scheduleTask(in: .milliseconds(1)) { work.value() }
            return
        }
        waiting.append(work)
        guard waiting.count == 1 else { return }
        var byte: UInt8 = 0
        _ = Glibc.write(writeEnd, &byte, 1)
    }

    func close() { channel?.close(promise: nil) }

    fileprivate func begin(_ channel: any Channel) { self.channel = channel }

    fileprivate func end() {
        channel = nil
        run()
    }

    fileprivate func run() {
        let ready = waiting
        waiting = []
        for work in ready { work() }
    }
}

/// Reads the socket.
private final class TurnHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let turns: LoopTurns

    init(_ turns: LoopTurns) { self.turns = turns }

    func channelActive(context: ChannelHandlerContext) { turns.begin(context.channel) }
    func channelInactive(context: ChannelHandlerContext) { turns.end() }
    func channelRead(context: ChannelHandlerContext, data: NIOAny) { turns.run() }
}
