import Testing

@testable import MartletWebSocket

@Suite struct HandshakeTests {
    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="

    private func offer(
        upgrade: String? = "websocket",
        key: String? = Self.key,
        version: String? = "13",
        protocols: [String] = []
    ) -> WebSocketOffer {
        WebSocketOffer(upgrade: upgrade, key: key, version: version, protocols: protocols)
    }

    @Test("The example of RFC 6455 section 1.3")
    func example() throws {
        #expect(try offer().accept().accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(try offer(upgrade: "h2c, WebSocket").accept().subprotocol == nil)
    }

    @Test("Keys of one's own are keys")
    func keys() {
        let key = HandshakeKey()
        #expect(HandshakeKey(key.text) == key)
        #expect(HandshakeKey() != key)
    }

    @Test("Of the subprotocols that both know, the client's first one")
    func subprotocols() throws {
        let offer = offer(protocols: ["soap, chat.v1", "chat.v2"])
        #expect(offer.subprotocols == ["soap", "chat.v1", "chat.v2"])
        #expect(try offer.accept(["chat.v2", "chat.v1"]).subprotocol == "chat.v1")
        #expect(try offer.accept(["other"]).subprotocol == nil)
        #expect(try offer.accept().subprotocol == nil)
    }

    @Test(
        "What opens no WebSocket",
        arguments: [
            (nil, key, "13", .notWebSocket, 426), ("h2c", key, "13", .notWebSocket, 426),
            ("websocket", key, nil, .version(nil), 426), ("websocket", key, "8", .version("8"), 426),
            ("websocket", nil, "13", .key(nil), 400), ("websocket", "short", "13", .key("short"), 400),
            ("websocket", "dGhlIHNhbXBsZSBub25jZQ", "13", .key("dGhlIHNhbXBsZSBub25jZQ"), 400),
            ("websocket", "dGhlIHNhbXBsZSBub25jZ!==", "13", .key("dGhlIHNhbXBsZSBub25jZ!=="), 400),
        ] as [(String?, String?, String?, HandshakeFault, Int)]
    )
    func refusals(upgrade: String?, key: String?, version: String?, fault: HandshakeFault, status: Int) {
        #expect(throws: fault) { try offer(upgrade: upgrade, key: key, version: version).accept() }
        #expect(fault.status == status)
    }

    @Test("What is wrong is said")
    func texts() {
        #expect(
            "\(HandshakeFault.notWebSocket)"
                == "This address answers WebSockets: open it with `new WebSocket(…)` or another client of RFC 6455, not as a page. Behind a proxy, let it pass on Upgrade and Connection."
        )
        #expect("\(HandshakeFault.version("8"))" == "The request asks for version \"8\" of WebSocket; it has to be 13.")
        #expect("\(HandshakeFault.key(nil))" == "The request has no Sec-WebSocket-Key.")
    }
}
