internal import MartletBytes

/// What a client sends to open a WebSocket (RFC 6455 section 4.2.1).
public struct WebSocketOffer: Sendable, Hashable {
    /// The value of Upgrade, if the request may be upgraded at all: of a GET over HTTP/1.1 whose Connection says so, or one
    /// that came by extended CONNECT.
    public var upgrade: String?
    public var key: String?
    public var version: String?
    /// The lines of `Sec-WebSocket-Protocol`.
    public var protocols: [String]

    public init(upgrade: String?, key: String?, version: String?, protocols: [String] = []) {
        self.upgrade = upgrade
        self.key = key
        self.version = version
        self.protocols = protocols
    }

    /// How it is accepted.
    public struct Acceptance: Sendable, Hashable {
        /// The value of `Sec-WebSocket-Accept`.
        public let accept: String
        /// The value of `Sec-WebSocket-Protocol`; nil for none.
        public let subprotocol: String?
    }

    /// - Parameter supported: subprotocols. Of those that both know, the one that the client likes best is chosen.
    /// - Throws: ``HandshakeFault``.
    public func accept(_ supported: [String] = []) throws(HandshakeFault) -> Acceptance {
        guard let upgrade, FieldList.contains("websocket", in: Array(upgrade.utf8)) else { throw .notWebSocket }
        guard version?.utf8.elementsEqual("13".utf8) == true else { throw .version(version) }
        guard let key = key.flatMap({ HandshakeKey($0) }) else { throw .key(key) }
        return Acceptance(accept: key.accept, subprotocol: subprotocols.first { supported.contains($0) })
    }

    /// What the client offers, the one it likes best first.
    public var subprotocols: [String] {
        protocols.flatMap { line in
            line.utf8.split(separator: UInt8(ascii: ",")).map {
                String(decoding: FieldSyntax.trimmed($0), as: UTF8.self)
            }
        }
    }
}

/// Why a request opens no WebSocket.
public enum HandshakeFault: Error, Sendable, Hashable {
    /// It does not ask for one.
    case notWebSocket
    /// It asks for another version than 13 (section 4.4).
    case version(String?)
    /// The key is missing, or is not the base64 of 16 bytes.
    case key(String?)

    /// The status of the answer.
    public var status: Int {
        switch self {
        case .notWebSocket, .version: 426
        case .key: 400
        }
    }
}

extension HandshakeFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notWebSocket:
            "This address answers WebSockets: open it with `new WebSocket(…)` or another client of RFC 6455, not as a page. "
                + "Behind a proxy, let it pass on Upgrade and Connection."
        case .version(nil): "The request has no Sec-WebSocket-Version; it has to be 13."
        case .version(let version?):
            "The request asks for version \(version.prefix(20).debugDescription) of WebSocket; it has to be 13."
        case .key(nil): "The request has no Sec-WebSocket-Key."
        case .key: "Sec-WebSocket-Key is not the base64 of 16 bytes."
        }
    }
}
