public import HTTPTypes
public import MartletGateway
public import MartletWebSocket
public import NIOCore
internal import Synchronization

/// A WebSocket in memory, from the client's side:
///
///     let socket = try await client.webSocket("/chat/1")
///     socket.send("Hello")
///     try await socket.expect("Hello")
///
/// It answers pings and the application's Close by itself, while it receives. One task at a time receives.
public final class TestWebSocket: Sendable {
    private struct State {
        var decoder: WebSocketDecoder
        var closure: WebSocketClosure?
        var hasSentClose = false
    }

    /// The answer's fields.
    public let headers: Headers
    /// The connection below.
    public let connection: TestUpgrade
    private let target: String
    private let encoder = WebSocketEncoder(.client)
    private let state: Mutex<State>

    init(_ target: String, _ connection: TestUpgrade, limits: WebSocketLimits) {
        self.target = target
        self.connection = connection
        headers = connection.headers
        state = Mutex(State(decoder: WebSocketDecoder(.client, limits: limits)))
    }

    /// What was agreed on; nil for nothing.
    public var subprotocol: String? { headers[.secWebSocketProtocol] }

    /// How it was closed; nil while it is open, or before that was received.
    public var closure: WebSocketClosure? { state.withLock(\.closure) }

    public func send(_ text: String) { send(.text(text)) }

    public func send(_ bytes: ByteBuffer) { send(.bytes(bytes)) }

    public func send(_ message: WebSocketMessage) { write { encoder.write(message, into: &$0) } }

    public func ping(_ content: ByteBuffer = ByteBuffer()) { write { encoder.writePing(content, into: &$0) } }

    /// Sends a Close frame. What the application still sends can be received, and then ``closure``.
    public func close(_ code: WebSocketCloseCode = .normal, _ reason: String = "") {
        reply(WebSocketClosure(code, reason))
    }

    /// The client goes away without a word.
    public func leave() { connection.leave() }

    private func reply(_ closure: WebSocketClosure) {
        let isFirst = state.withLock { state in
            defer { state.hasSentClose = true }
            return !state.hasSentClose
        }
        if isFirst { write { encoder.writeClose(closure, into: &$0) } }
    }

    private func write(_ body: (inout ByteBuffer) -> Void) {
        var frame = ByteBuffer()
        body(&frame)
        connection.send(frame)
    }

    /// The next message; nil when the application has closed the connection.
    ///
    /// - Throws: ``NothingReceived``; `WebSocketFault` for what breaks RFC 6455; what the handler throws.
    public func receive(within time: Duration = .seconds(10)) async throws -> WebSocketMessage? {
        while true {
            switch try state.withLock({ state in try state.decoder.next() }) {
            case .message(let message): return message
            case .ping(let content): write { encoder.writePong(content, into: &$0) }
            case .pong: break
            case .close(let closure):
                state.withLock { $0.closure = closure }
                reply(closure)
                connection.finish()
                return nil
            case nil:
                guard closure == nil, let bytes = try await bytes(within: time) else {
                    state.withLock { $0.closure = $0.closure ?? WebSocketClosure(.abnormal) }
                    return nil
                }
                state.withLock { $0.decoder.receive(bytes) }
            }
        }
    }

    private func bytes(within time: Duration) async throws -> ByteBuffer? {
        let (connection, target) = (connection, target)
        return try await withThrowingTaskGroup(of: ByteBuffer?.self) { group in
            group.addTask { try await connection.receive() }
            group.addTask {
                try await Task.sleep(for: time)
                throw NothingReceived(target: target, time: time)
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    /// Receives a message, which has to be this text.
    ///
    /// - Throws: ``ExpectationFailed``.
    public func expect(_ text: String, file: StaticString = #fileID, line: UInt = #line) async throws {
        let given: String
        switch try await receive() {
        case .text(text): return
        case .text(let other): given = "the text \"\(other.prefix(500))\""
        case .bytes(let bytes): given = "\(bytes.readableBytes) bytes"
        case nil: given = "the end (\(closure.map { "\($0.code) \($0.reason)" } ?? ""))"
        }
        throw ExpectationFailed(
            description: "\(file):\(line): \(target): expected the text \"\(text)\", but \(given) came."
        )
    }

    /// Receives until the application has closed the connection, with this code.
    ///
    /// - Throws: ``ExpectationFailed``.
    public func expectClose(
        _ code: WebSocketCloseCode,
        _ reason: String? = nil,
        file: StaticString = #fileID,
        line: UInt = #line
    ) async throws {
        while try await receive() != nil {}
        guard let closure, closure.code == code, reason == nil || closure.reason == reason else {
            let given = closure.map { "\($0.code) \"\($0.reason)\"" } ?? "nothing"
            throw ExpectationFailed(
                description:
                    "\(file):\(line): \(target): expected a Close with \(code)\(reason.map { " \"\($0)\"" } ?? ""), but it was closed with \(given)."
            )
        }
    }
}

/// A test waited in vain.
public struct NothingReceived: Error, CustomStringConvertible {
    let target: String
    let time: Duration
    public var description: String { "Nothing came from the WebSocket \(target) within \(time)." }
}

extension TestClient {
    /// Opens a WebSocket, as a browser does. Cookies go with it.
    ///
    /// - Parameters:
    ///   - subprotocols: that the client offers, the one it likes best first.
    ///   - headers: such as `Origin`, which browsers send and this client does not.
    ///   - limits: of what the client takes.
    /// - Throws: ``NotUpgraded`` with the answer, if it is refused.
    public func webSocket(
        _ target: String,
        subprotocols: [String] = [],
        headers: [(HTTPField.Name, String)] = [],
        limits: WebSocketLimits = WebSocketLimits()
    ) async throws -> TestWebSocket {
        let key = HandshakeKey()
        var fields: [(HTTPField.Name, String)] = [
            (.connection, "Upgrade"), (.upgrade, "websocket"), (.secWebSocketKey, key.text),
            (.secWebSocketVersion, "13"),
        ]
        if !subprotocols.isEmpty { fields.append((.secWebSocketProtocol, subprotocols.joined(separator: ", "))) }
        let connection = try await upgrade(target, headers: fields + headers)
        guard connection.headers[.secWebSocketAccept] == key.accept else {
            throw ExpectationFailed(description: "\(target): Sec-WebSocket-Accept does not belong to the client's key.")
        }
        return TestWebSocket(target, connection, limits: limits)
    }
}
