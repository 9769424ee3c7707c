public import NIOCore

/// Where a streamed body goes. Made by the server.
package protocol BodySink: AnyObject, Sendable {
    /// Sends bytes; returns when more are welcome.
    ///
    /// - Throws: ``ClientDisconnected`` once the client is gone.
    func write(_ bytes: ByteBuffer) async throws
    /// Sets the fields that follow the body.
    func setTrailer(_ fields: Headers) async
    /// Has somebody told when the server stops, who may then end what has no end of its own. From any thread; told on any.
    func observeStop(_ tell: @escaping @Sendable () -> Void)
}

extension BodySink {
    /// Most protocols have none.
    package func setTrailer(_ fields: Headers) async {}
    /// One that does not know of it lets the answer go on until the server cuts it off.
    package func observeStop(_ tell: @escaping @Sendable () -> Void) {}
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

    public func write(_ bytes: [UInt8]) async throws {
        try await write(ByteBuffer(bytes: bytes))
    }

    /// Sets the fields that follow the body (RFC 9110 section 6.5), before the closure that writes it returns. They are
    /// sent for a body without an announced length, over HTTP/2 and to clients of HTTP/1.1 that say `TE: trailers`; others
    /// do not get them.
    public func setTrailer(_ fields: Headers) async { await sink.setTrailer(fields) }

    /// Has somebody told when the server stops: once, or at once if it is stopping already.
    package func observeStop(_ tell: @escaping @Sendable () -> Void) { sink.observeStop(tell) }
}

/// Why a streamed answer ended early, if it was not an exception of the application. The description is a whole
/// sentence for the log.
package protocol BrokenAnswer: Error, CustomStringConvertible {}
