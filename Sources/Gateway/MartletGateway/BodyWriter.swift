public import NIOCore

/// Where a streamed body goes. Made by the server.
package protocol BodySink: AnyObject, Sendable {
    /// Sends bytes; returns when more are welcome.
    ///
    /// - Throws: ``ClientDisconnected`` once the client is gone.
    func write(_ bytes: ByteBuffer) async throws
    /// Sets the fields that follow the body.
    func setTrailer(_ fields: Headers) async
}

extension BodySink {
    /// Most protocols have none.
    package func setTrailer(_ fields: Headers) async {}
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

    /// Sets the fields that follow the body (RFC 9110 section 6.5), before the closure that writes it returns. They are
    /// sent for a body without an announced length, over HTTP/2 and to clients of HTTP/1.1 that say `TE: trailers`; others
    /// do not get them.
    public func setTrailer(_ fields: Headers) async { await sink.setTrailer(fields) }
}

/// Why a streamed answer ended early, if it was not an exception of the application. The description is a whole
/// sentence for the log.
package protocol BrokenAnswer: Error, CustomStringConvertible {}
