import MartletCGI
import MartletGateway
import MartletHTTP1
import NIOCore

/// Makes the requests of one connection from their heads and bodies, from what is known of the connection, and from
/// what trusted proxies say.
struct RequestMaker {
    let info: ConnectionInfo
    let services: LoopContext
    /// Empty while nobody logs.
    private var clientText: [UInt8] = []
    /// How many requests there were.
    private(set) var count: UInt64 = 0

    init(_ info: ConnectionInfo, services: LoopContext) {
        self.info = info
        self.services = services
    }

    /// The client's address for the log. Made once; a reload may begin to log while connections are open.
    private mutating func client() -> [UInt8] {
        if clientText.isEmpty, services.notes.isLogging { clientText = Self.text(info) }
        return clientText
    }

    /// The request whose head the exchange has.
    mutating func make(_ exchange: ServerExchange, _ body: HTTP1Body, wantsUpgrade: Bool) -> Request {
        note(exchange)
        return make(exchange, body, of: info, wantsUpgrade: wantsUpgrade)
    }

    /// The request whose head the exchange has, and of which a peer has said the rest.
    mutating func make(_ exchange: ServerExchange, _ body: HTTP1Body, _ said: CGIRequest) -> Request {
        note(exchange)
        let told = info(saying: said.origin)
        if let told, services.notes.isLogging { exchange.record.client = Self.text(told) }
        var request = make(
            exchange,
            body,
            of: told ?? info,
            isSaid: told != nil,
            mountLength: said.mountLength,
            wantsUpgrade: said.wantsUpgrade
        )
        if told != nil, let user = said.origin.user {
            request.storage[RemoteUser.self] = String(decoding: user, as: UTF8.self)
        }
        return request
    }

    private mutating func note(_ exchange: ServerExchange) {
        count &+= 1
        exchange.record.hasHead = true
        exchange.record.client = client()
        if services.notes.isTiming { exchange.record.started = .now() }
        exchange.head.settleTrace(drops: services.traceContext == .drop, creates: services.traceContext == .create)
    }

    private func make(
        _ exchange: ServerExchange,
        _ body: HTTP1Body,
        of info: ConnectionInfo,
        isSaid: Bool = false,
        mountLength: Int = 0,
        wantsUpgrade: Bool
    ) -> Request {
        var info = info
        var mountLength = mountLength
        if exchange.head.hasForwarding {
            let forwarded = services.applyForwarding(to: exchange.head, of: info, isSaid: isSaid)
            info = forwarded.info
            mountLength &+= forwarded.mountLength
            if let client = forwarded.client { exchange.record.client = client }
        }
        let request = Request(
            head: exchange.head,
            connection: info,
            body: Self.body(body, exchange),
            sequence: count,
            wantsUpgrade: wantsUpgrade,
            exchange: exchange
        )
        return mountLength > 0 ? request.mounted(length: mountLength) : request
    }

    private static func text(_ info: ConnectionInfo) -> [UInt8] {
        Array((info.remoteAddress?.ipAddress ?? "unix:").utf8)
    }

    private static func body(_ body: HTTP1Body, _ exchange: ServerExchange) -> RequestBody {
        switch body {
        case .none: return .none
        case .whole(let bytes):
            exchange.record.receivedBytes = bytes.readableBytes
            return .bytes(bytes)
        case .open(let length, let first):
            let stream = BodyStream(length: length, source: exchange)
            exchange.feed = BodyFeed(stream)
            if first.readableBytes > 0 { exchange.take(first) }
            return RequestBody(.stream(stream))
        }
    }

    /// Prepares an exchange that has no request to be given to the application, as its bytes broke the rules.
    mutating func makeNone(_ exchange: ServerExchange) {
        count &+= 1
        exchange.record.client = client()
        exchange.beginWithoutRequest(info.number, count)
    }
}
