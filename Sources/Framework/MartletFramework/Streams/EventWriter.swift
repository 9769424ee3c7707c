internal import FoundationEssentials
internal import MartletGateway
internal import NIOCore

/// Sends server-sent events (HTML standard, section 9.2). Each goes out at once, and waits for a client that is slow.
public struct EventWriter: Sendable {
    private let writer: BodyWriter

    init(_ writer: BodyWriter) { self.writer = writer }

    /// Sends an event.
    ///
    /// - Parameters:
    ///   - data: any text; a browser gets it as it is, but with line feeds for other ends of lines.
    ///   - event: its type, for `addEventListener`; without one it is a `message`.
    ///   - id: what the client sends as `request.lastEventID` when it comes back.
    ///   - retry: how long the client waits before it comes back.
    /// - Throws: ``UnusableEvent`` for a type or an id with a line break; `ClientDisconnected`.
    public func send(data: String, event: String? = nil, id: String? = nil, retry: Duration? = nil) async throws {
        try await writer.write(EventText.event(data: data, event: event, id: id, retry: retry))
    }

    /// Sends an event whose data is a value as JSON.
    ///
    /// - Throws: `EncodingError`, and as the other one.
    public func send(
        json value: some Encodable & Sendable,
        event: String? = nil,
        id: String? = nil,
        retry: Duration? = nil
    ) async throws {
        try await send(
            data: String(decoding: JSONCoding.encoder.encode(value), as: UTF8.self),
            event: event,
            id: id,
            retry: retry
        )
    }

    /// Sends what a client does not see, so that nothing on the way takes the connection for dead.
    func beat() async throws { try await writer.write(EventText.comment) }
}

/// An event that cannot be sent.
public struct UnusableEvent: Error, Sendable, Hashable, CustomStringConvertible {
    /// `event` or `id`.
    let field: String
    let value: String

    public var description: String {
        "The \(field) of a server-sent event must not have a line break\(field == "id" ? " or a NUL" : ""): \(value.prefix(100).debugDescription)."
    }
}
