import Logging
import MartletBuffering
import MartletGateway
import MartletHTTP1
import MartletHTTP2
import NIOCore

/// The exchanges of a connection: those whose answers are being made, and the one of the next request.
///
/// One that has been answered when its application returns is used for the next request; any other one is kept here until its
/// answer is complete.
final class HTTP2Exchanges {
    // Changed for each request, by code that calls nobody who could come back here meanwhile.
    @exclusivity(unchecked) private(set) var inFlight: [UInt32: ServerExchange] = [:]
    @exclusivity(unchecked) private var next: ServerExchange?
    @exclusivity(unchecked) private var requests: RequestMaker?
    /// They are over, and may be used again when nobody holds them any more.
    private var retired: [ServerExchange] = []

    func opened(_ info: ConnectionInfo, services: LoopContext) { requests = RequestMaker(info, services: services) }

    var coverage: (any TLSCoverage)? { requests?.info.tls?.coverage }
    /// What clients do not take of the answers of one connection, so that its many requests do not hold more than a few of
    /// others would.
    private static let keptBytes = 4 << 20
    /// The smallest share: what a stream may have waiting for its window besides.
    private static let leastBytes = 65_536

    /// How much each answer may keep in memory.
    var memoryLimit: Int {
        min(ResponseBuffer.memoryLimit, max(Self.leastBytes, Self.keptBytes / max(1, inFlight.count)))
    }

    /// Whether there was no request yet.
    var isNew: Bool { requests.map { $0.count == 0 } ?? true }
    func log(_ level: Logger.Level, _ message: String) {
        requests?.info.logger.log(level: level, "\(message)", metadata: ["client": "\(clientDescription)"])
    }

    var clientDescription: String { requests?.info.clientName ?? "unknown" }

    /// The exchange of the next request.
    func ready(for connection: HTTP2Connection) -> ServerExchange? {
        if next?.progress != .new { connection.services.renew(&next, for: connection) }
        return next
    }

    func begin(
        _ id: UInt32,
        _ body: HTTP1Body,
        isWebSocket: Bool,
        _ exchange: ServerExchange,
        of connection: HTTP2Connection
    ) {
        exchange.stream = id
        guard let request = requests?.make(exchange, body, wantsUpgrade: isWebSocket) else {
            return connection.closeNow()
        }
        exchange.begin(request)
        guard exchange.progress != .over else { return }
        next = nil
        if connection.stage == .open { inFlight[id] = exchange } else { exchange.lose() }
    }

    /// Answers a request that broke a rule.
    func refuse(_ id: UInt32, _ fault: RequestFault, _ exchange: ServerExchange) {
        exchange.stream = id
        exchange.record.hasHead = exchange.head.method.count > 0 && exchange.head.target.count > 0
        requests?.makeNone(exchange)
        exchange.refuse(fault)
    }

    /// The exchange is over.
    func retire(_ id: UInt32) {
        if !inFlight.isEmpty, let exchange = inFlight.removeValue(forKey: id) { retired.append(exchange) }
    }

    func remove(_ id: UInt32) -> ServerExchange? { inFlight.removeValue(forKey: id) }

    /// Gives back what is over.
    func giveBack(to services: LoopContext) {
        while !retired.isEmpty {
            var exchange = retired.popLast()
            services.giveBack(&exchange)
        }
    }

    /// There is nothing to do.
    func slim(_ services: LoopContext) {
        if next != nil, next?.progress != .waiting { services.giveBack(&next) }
    }
}
