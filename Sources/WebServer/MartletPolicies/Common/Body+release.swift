import MartletGateway
import NIOCore

extension Response.Body {
    /// Lets who makes a body that nobody wants close what it holds.
    func release() async {
        guard case .stream(_, let write) = self else { return }
        let task = Task { try? await write(BodyWriter(ClosedSink())) }
        task.cancel()
        await task.value
    }
}

/// Accepts nothing.
private final class ClosedSink: BodySink {
    func write(_ bytes: ByteBuffer) async throws { throw CancellationError() }
}
