import HTTPTypes
import Logging
import MartletFiles
import MartletFolders
import MartletGateway
import NIOCore
import NIOPosix

/// What the requests of one event loop to a target's upstreams share: connections, and the clock.
///
/// Used on its loop only. There is one timer for all requests instead of one for each: a tick looks at their deadlines. It
/// runs only while there is something to look at.
final class LoopProxy: @unchecked Sendable {
    /// How late a deadline may be noticed.
    private static let tick = TimeAmount.milliseconds(100)

    let loop: any EventLoop
    let executor: LoopExecutor?
    let configuration: ProxyConfiguration
    let times: ProxyTimes
    /// Whether it depends on the request which upstream gets it.
    let tiesRequests: Bool
    let group: UpstreamGroup
    let pool: ConnectionPool
    let via: Via
    let rules: PassingRules
    /// The path of the upstreams' URLs.
    let base: [UInt8]?
    let scripts: ScriptFolder?
    let sentFolders: SentFolders?
    /// The files beside the scripts.
    private let files: FileApplication?
    private let connector: UpstreamConnector
    @exclusivity(unchecked) private var calls: [ProxyCall] = []
    private var isTicking = false {
        didSet { pool.isWatched = isTicking }
    }
    /// The time of the last tick: a request asks for it several times. It is at most one tick old where something waits.
    private(set) var now = NIODeadline.now()
    @exclusivity(unchecked) var forwarded = OwnLinesCache()

    init(
        loop: any EventLoop,
        _ configuration: ProxyConfiguration,
        group: UpstreamGroup,
        connector: UpstreamConnector,
        files: FileApplication?,
        via: Via
    ) {
        self.loop = loop
        executor = LoopExecutor.of(loop)
        self.configuration = configuration
        times = ProxyTimes(configuration)
        tiesRequests = Affinity.isNeeded(configuration)
        self.group = group
        self.connector = connector
        self.via = via
        rules = PassingRules(configuration)
        self.files = files
        scripts = configuration.scripts.map(ScriptFolder.init)
        sentFolders = SentFolders(configuration.sentFolders)
        base = configuration.upstreams.first?.path.map { Array($0.utf8) }
        pool = ConnectionPool(configuration, group: group)
        pool.whenKept = { [weak self] in self?.startTicking() }
    }

    func begin(_ request: Request, for exchange: any Exchange) {
        if via.hasPassed(request.head) { return exchange.complete(Self.loopDetected) }
        do throws(PathLeavesRoute) {
            let outgoing = try OutgoingRequest(request, base: base, rules, via: via, &forwarded)
            if let answer = outgoing.maxForwards?.answer(to: request) { return exchange.complete(answer) }
            if let scripts { return find(in: scripts, outgoing, for: exchange) }
            ProxyCall(outgoing, for: exchange, of: self).begin()
        } catch {
            exchange.complete(error.response)
        }
    }

    /// Finds the script that a request is for.
    private func find(in scripts: ScriptFolder, _ outgoing: OutgoingRequest, for exchange: any Exchange) {
        let request = outgoing.request
        // The memory of the path is the head's.
        let path = withExtendedLifetime(request.head) { Array(request.pathBytes) }
        NIOThreadPool.singleton.submit { [self] state in
            guard case .active = state else { return }
            let found = scripts.find(path)
            loop.execute { self.go(on: found, outgoing, for: exchange) }
        }
    }

    private func go(on found: ScriptFolder.Found, _ outgoing: OutgoingRequest, for exchange: any Exchange) {
        let request = outgoing.request
        switch found {
        case .script(let script):
            ProxyCall(OutgoingRequest(outgoing, by: script), for: exchange, of: self).begin()
        case .file:
            guard let files else { return exchange.complete(.refusal(.notFound, "There is no such file.")) }
            files.begin(request, for: exchange)
        case .folder: exchange.complete(FolderRedirect.response(to: request))
        case .missing: exchange.complete(.refusal(.notFound, "There is no such file."))
        case .failed(let error):
            request.logger.error("The script of a request cannot be looked for: \(error).")
            exchange.complete(
                .refusal(
                    error.isShortage ? .serviceUnavailable : .internalServerError,
                    "The script could not be looked for."
                )
            )
        }
    }

    private static let loopDetected = Response.refusal(
        .init(number: 508),
        "The request has come back to this server, which has passed it on before."
    )

    /// - Parameters:
    ///   - alone: whether the request needs a connection of its own.
    ///   - other: where the connection goes when its request is over; nil for the pool of the loop.
    ///   - whenReady: called once, on the loop.
    func connect(
        _ upstream: Int,
        from other: ConnectionPool? = nil,
        alone: Bool = false,
        whenReady: @escaping (Result<any RequestCarrier, any Error>) -> Void
    ) {
        let pool = other ?? pool
        let connect: SharedConnections.Connect = { [connector, loop] whenReady in
            connector.connect(upstream, on: loop, pool: pool, alone: alone, whenReady: whenReady)
        }
        if alone || !group.urls[upstream].mayShare { return connect { whenReady($0.map(\.carrier)) } }
        pool.shared.connect(upstream, by: connect, whenReady: whenReady)
    }

    /// Runs work on the loop; at once where the caller is there, as the tasks of a server are.
    func onLoop<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        if loop.inEventLoop { return work() }
        return await withUnsafeContinuation { continuation in
            loop.execute { continuation.resume(returning: work()) }
        }
    }

    /// Closes the connections that nobody uses, and from now on those that are given back.
    func stop() { pool.close() }

    /// Ends every request.
    func kill() {
        pool.close()
        for call in calls { call.abandon() }
    }
}

// MARK: - The clock

extension LoopProxy {
    func add(_ call: ProxyCall) {
        call.index = calls.count
        calls.append(call)
        startTicking()
    }

    func remove(_ call: ProxyCall) {
        guard call.index < calls.count, calls[call.index] === call else { return }
        let last = calls.removeLast()
        guard last !== call else { return }
        calls[call.index] = last
        last.index = call.index
    }

    private func startTicking() {
        guard !isTicking else { return }
        isTicking = true
        setClock()
        loop.assumeIsolated().scheduleTask(in: Self.tick) { self.ticked() }
    }

    private func setClock() {
        now = .now()
        pool.now = now
    }

    /// When so much time has passed, and not before.
    func deadline(after time: TimeAmount) -> NIODeadline { now + Self.tick + time }

    private func ticked() {
        isTicking = false
        setClock()
        pool.closeExpired(now)
        for upstream in group.urls.indices {
            if let addresses = connector.listedAddresses(of: upstream) { pool.keepOnly(addresses, of: upstream) }
        }
        // A call may go while it is looked at.
        for call in calls where call.deadline <= now { call.deadlineHasPassed() }
        if group.waiting > 0 { group.wakeAll() }
        if !calls.isEmpty || !pool.isEmpty { startTicking() }
    }
}
