public import NIOCore

/// Where a streamed body goes. Made by the server.
package protocol BodySink: AnyObject, Sendable {
    /// Sends bytes; returns when more are welcome.
    ///
    /// - Throws: ``ClientDisconnected`` once the client is gone.
    func write(_ bytes: ByteBuffer) async throws
}

/// Sends the bytes of a streamed body. Each write goes out at once and suspends while the client is slower than the
/// app.
public struct BodyWriter: Sendable {
    private let sink: any BodySink

    package init(_ sink: any BodySink) {
        self.sink = sink
    }

    public func write(_ bytes: ByteBuffer) async throws {
        guard bytes.readableBytes > 0 else { return }
        try await sink.write(bytes)
    }

    public func write(_ text: String) async throws {
        try await write(ByteBuffer(string: text))
    }
}

/// Why a streamed answer ended early, if it was not an exception of the application. The description is a whole
/// sentence for the log.
package protocol BrokenAnswer: Error, CustomStringConvertible {}
