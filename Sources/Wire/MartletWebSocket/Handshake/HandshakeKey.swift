internal import Crypto
internal import MartletBytes

/// `Sec-WebSocket-Key`, and the proof that a server has understood it (RFC 6455 sections 4.1 and 4.2.2).
public struct HandshakeKey: Sendable, Hashable {
    /// As it stands in the field.
    public let text: String

    /// A key of one's own.
    public init() { text = Base64.encode((0..<16).map { _ in UInt8.random(in: 0 ... .max) }) }

    /// Nil unless it is the base64 of 16 bytes.
    public init?(_ text: String) {
        guard text.utf8.count == 24, Base64.decode(text.utf8)?.count == 16 else { return nil }
        self.text = text
    }

    /// The value of `Sec-WebSocket-Accept`.
    public var accept: String {
        let digest = Insecure.SHA1.hash(data: Array((text + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        return Base64.encode(digest)
    }
}
