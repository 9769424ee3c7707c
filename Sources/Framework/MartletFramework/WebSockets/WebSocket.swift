public import MartletGateway
public import MartletWebSocket
public import NIOCore

/// A WebSocket, as its handler sees it: a sequence of the client's messages, and a way to send.
///
///     app.webSocket("/echo") { socket in
///         for await message in socket { try await socket.send(message) }
///     }
///
/// The rules:
///
/// 1. The loop ends when the connection does, in whichever way; ``closure`` tells how. What is behind the loop runs in any case.
/// 2. Pings are answered, and the client is asked whether it is there, without the handler.
/// 3. When the handler returns, the connection is closed with 1000; when it throws, with 1011 and a line in the log. When the
///    server stops, it is closed with 1001.
/// 4. Sending waits for a client that is slow, and a client that sends waits for a slow handler.
/// 5. When the client is gone, the handler's task is cancelled; when it has closed, the handler has
///    ``WebSocketOptions/closeTimeout`` to return before that.
///
/// It may be kept by others, such as the room of a chat, and used from any task; only one at a time reads.
public struct WebSocket: AsyncSequence, Sendable, Hashable {
    public typealias Element = WebSocketMessage
    public typealias Failure = Never

    /// The request that opened it.
    public let request: Request
    /// What was agreed on with the client; nil for nothing.
    public let subprotocol: String?
    let link: WebSocketLink

    /// Sends a text.
    ///
    /// - Throws: ``WebSocketClosed`` if the connection has ended; `CancellationError`.
    public func send(_ text: String) async throws { try await link.send(.text(text)) }

    /// Sends bytes.
    ///
    /// - Throws: as the other ones.
    public func send(_ bytes: ByteBuffer) async throws { try await link.send(.bytes(bytes)) }

    /// Sends a message.
    ///
    /// - Throws: as the other ones.
    public func send(_ message: WebSocketMessage) async throws { try await link.send(message) }

    /// Sends a message if the client takes what was sent before: for those who send to many and wait for nobody.
    ///
    /// - Returns: false if nothing was sent, as more than 64 KB are on their way already, or the connection has ended.
    @discardableResult
    public func trySend(_ message: WebSocketMessage) -> Bool { link.trySend(message) }

    /// Sends a text if the client takes what was sent before.
    @discardableResult
    public func trySend(_ text: String) -> Bool { link.trySend(.text(text)) }

    /// Closes the connection: nothing can be sent behind it, and the loop over the messages ends.
    ///
    /// - Parameter reason: for a developer; what is longer than 123 bytes is cut off.
    public func close(_ code: WebSocketCloseCode = .normal, _ reason: String = "") {
        link.close(WebSocketClosure(code, reason))
    }

    /// How it ended; nil while it is open.
    public var closure: WebSocketClosure? { link.closure }

    public func makeAsyncIterator() -> Iterator { Iterator(link: link) }

    public struct Iterator: AsyncIteratorProtocol {
        let link: WebSocketLink

        public mutating func next() async -> WebSocketMessage? { await link.inbox.take() }
    }

    public static func == (left: WebSocket, right: WebSocket) -> Bool { left.link === right.link }

    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(link)) }
}

/// Something was sent on a WebSocket that has ended.
public struct WebSocketClosed: Error, CustomStringConvertible {
    public let closure: WebSocketClosure

    public var description: String {
        "The WebSocket was closed with \(closure.code)\(closure.reason.isEmpty ? "" : " (\(closure.reason))")."
    }
}
