public import NIOCore

/// The body of a request that a ``TestClient`` sends.
public enum TestBody: Sendable, ExpressibleByStringLiteral {
    case none
    /// Complete at once, with a `Content-Length`.
    case bytes(ByteBuffer)
    /// Delivered piece by piece, each when the application waits for it.
    ///
    /// - Parameter announced: whether the client says the length beforehand; without it the body is chunked.
    case pieces([ByteBuffer], announced: Bool = false)
    /// As pieces, but the client goes away after the last one.
    case broken([ByteBuffer])

    public init(stringLiteral value: String) { self = .text(value) }

    public static func text(_ text: String) -> TestBody { .bytes(ByteBuffer(string: text)) }

    public static func pieces(_ texts: String...) -> TestBody { .pieces(texts.map { ByteBuffer(string: $0) }) }
}
