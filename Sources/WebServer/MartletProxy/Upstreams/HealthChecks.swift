import HTTPTypes
import Logging
import MartletBytes
import MartletGateway
import MartletHTTP1
import NIOCore

/// Asks each upstream from time to time whether it is well, whether or not there are requests for it.
///
/// Used on one loop. One question at a time for each upstream, over a connection of its own: a check is to find out whether
/// the upstream takes new ones.
final class HealthChecks: @unchecked Sendable {
    private let path: String
    private let proxy: LoopProxy
    private let pool: ConnectionPool
    private let interval: TimeAmount
    private let timeout: TimeAmount
    private let logger: Logger
    private var isAsking: [Bool]
    private var task: RepeatedTask?

    /// - Returns: nil where nothing is to be asked.
    init?(_ configuration: ProxyConfiguration, on proxy: LoopProxy, logger: Logger) {
        guard let path = configuration.check else { return nil }
        self.path = path
        self.proxy = proxy
        self.logger = logger
        interval = TimeAmount(configuration.checkInterval)
        timeout = TimeAmount(configuration.checkTimeout)
        pool = ConnectionPool(configuration, group: proxy.group, keepsConnections: false)
        isAsking = configuration.upstreams.map { _ in false }
    }

    func begin() {
        proxy.loop.execute { [self] in
            task = proxy.loop.scheduleRepeatedTask(initialDelay: .nanoseconds(0), delay: interval) { _ in
                self.askAll()
            }
        }
    }

    func end() {
        proxy.loop.execute { [self] in
            task?.cancel()
            task = nil
        }
    }

    private func askAll() {
        for upstream in isAsking.indices where !isAsking[upstream] {
            isAsking[upstream] = true
            let probe = HealthProbe(timeout, on: proxy.loop) { [self] problem in
                isAsking[upstream] = false
                guard task != nil else { return }
                if let problem {
                    let name = proxy.group.urls[upstream].name
                    logger.debug("The check of \(name) fails: \(Sentence.ended("\(problem)"))")
                }
                proxy.group.checked(upstream, problem)
            }
            proxy.connect(upstream, from: pool) { [self] result in
                do {
                    try probe.ask(result.get(), question(upstream))
                } catch {
                    probe.end(ConnectProblem.text(error))
                }
            }
        }
    }

    private func question(_ upstream: Int) throws -> OutgoingRequest {
        let url = proxy.group.urls[upstream]
        let head = RequestHead(
            method: "GET",
            target: path,
            fields: [("Host", url.authority), ("User-Agent", "martlet-check"), ("Accept", "*/*")]
        )
        let connection = ConnectionInfo(
            remoteAddress: nil,
            localAddress: nil,
            eventLoop: proxy.loop,
            number: 0,
            logger: logger
        )
        let request = Request(head: head, connection: connection, body: .none, sequence: 0)
        let outgoing = try OutgoingRequest(
            request,
            base: nil,
            PassingRules(ProxyConfiguration()),
            via: proxy.via,
            &proxy.forwarded
        )
        // What php-fpm answers itself (`ping.path`) it knows by its name.
        let script = proxy.scripts?.script(Array(path.utf8.prefix { $0 != UInt8(ascii: "?") }))
        return OutgoingRequest(outgoing, by: script)
    }
}

/// One question, and whether its answer says that the upstream is well: any status from 200 to 399, as nginx's and HAProxy's
/// checks.
private final class HealthProbe: UpstreamUser {
    private var connection: (any RequestCarrier)?
    private var whenDone: ((_ problem: String?) -> Void)?
    private var deadline: Scheduled<Void>?

    init(_ timeout: TimeAmount, on loop: any EventLoop, whenDone: @escaping (_ problem: String?) -> Void) {
        self.whenDone = whenDone
        deadline = loop.assumeIsolated().scheduleTask(in: timeout) { [weak self] in self?.end("it takes too long") }
    }

    func ask(_ connection: any RequestCarrier, _ question: OutgoingRequest) throws {
        guard whenDone != nil else { return connection.leave() }
        self.connection = connection
        try connection.begin(question, framing: .none, mayHaveTrailer: false, for: self)
        try connection.endBody(trailer: nil)
        connection.flush()
    }

    /// - Parameter problem: nil where it is well.
    func end(_ problem: String?) {
        deadline?.cancel()
        connection.take()?.close()
        whenDone.take()?(problem)
    }

    func answered(_ answer: UpstreamAnswer) {
        let isWell = (200..<400).contains(answer.status.code)
        end(isWell ? nil : "it answers with \(answer.status.code)")
    }

    func failed(_ fault: UpstreamFault) { end(fault.description) }
    func ended(trailer: Headers?) { end("it has no answer") }
    func switched(_ status: HTTPResponse.Status, _ headers: Headers) { end("it switches protocols") }
    func redirected(to path: String) { end("it sends to \(path)") }
    func informed(_ status: HTTPResponse.Status, _ headers: Headers) {}
    func received(_ bytes: ByteBuffer) {}
    func noted(_ message: String) {}
    func readCompleted() {}
}
