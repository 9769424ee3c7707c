import Glibc
public import Logging
public import MartletGateway
public import NIOCore
import NIOPosix
import Synchronization

/// A web server: listeners, connections, limits and a graceful end, around one application.
///
/// ```swift
/// let server = Server(configuration: ServerConfiguration(), logger: logger)
/// print(try await server.bind())
/// try await server.serve(application)
/// ```
public final class Server: Sendable {
    enum Stage: Sendable {
        case new
        case bound([ListeningSocket], [BoundAddress])
        case serving
        case stopping
        case stopped
    }

    struct State: Sendable {
        var stage = Stage.new
        var listeners: [Listener] = []
        /// Where it listens, by the number that connections are counted as.
        var listenerAddresses: [String] = []
        var contexts: [LoopContext] = []
        /// Sockets whose file has to be removed.
        var sockets: [ListeningSocket] = []
        var graceTask: Task<Void, Never>?
        /// Closes the listeners, then tells the loops to stop.
        var closing: Task<Void, Never>?
        var wasToldToStop = false
        /// Of Unix sockets, since the last reload that changed them.
        var permissions: SocketPermissions?
        /// Another process serves the same sockets.
        var isHandedOver = false
        /// When the whole stop should be over.
        var stopsAt: ContinuousClock.Instant?
        /// Whether something that it listens at is encrypted, and the TCP port of that.
        var isSecure = false
        var securePort: Int?

        /// - Parameter left: addresses that will be none in a moment.
        mutating func noteSecurity(without left: Set<ListenAddress> = []) {
            let secure = sockets.filter { $0.scheme == .https && !($0.asked.map(left.contains) ?? false) }
            isSecure = !secure.isEmpty
            let ports = secure.compactMap(\.address.port)
            securePort = ports.contains(ListenScheme.https.usualPort) ? ListenScheme.https.usualPort : ports.first
        }
    }

    /// Event loops that run until the process ends.
    private static let kept = Mutex<[MultiThreadedEventLoopGroup]>([])

    let configuration: ServerConfiguration
    let logger: Logger
    package let certificates = CertificateStore()
    let routeNames = RouteNames()
    package let readiness = Readiness()
    private let group: MultiThreadedEventLoopGroup
    private let executors: [LoopExecutor]
    let state = Mutex(State())
    let accessLog = Mutex<AccessLog?>(nil)

    /// The loops that connections are handled on. They exist from the start, so that applications can prepare
    /// themselves on them.
    public let eventLoops: [any EventLoop]

    public init(configuration: ServerConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        // Writing to a client that has closed must not end the process.
        signal(SIGPIPE, SIG_IGN)
        // Nor must a log that has reached the largest size of a file (ulimit -f).
        signal(SIGXFSZ, SIG_IGN)
        OpenFiles.raiseLimit()
        group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.eventLoops)
        eventLoops = Array(group.makeIterator())
        executors = eventLoops.map { LoopExecutor($0) }
        for executor in executors { executor.register() }
        if configuration.keepsEventLoops { Self.kept.withLock { [group] in $0.append(group) } }
    }

    deinit {
        if case .bound(let sockets, _) = state.withLock({ $0.stage }) { sockets.forEach { $0.discard() } }
        guard !configuration.keepsEventLoops else { return }
        for executor in executors { executor.unregister() }
        group.shutdownGracefully { _ in }
    }
}

// MARK: - Start

extension Server {
    /// Binds and listens at all addresses. Nothing is accepted yet; clients wait in the backlog.
    ///
    /// - Throws: ``AddressInUse``, ``BindFailure``, ``AccessLogError``, ``SettingOutOfRange``, ``TLSFailure``.
    public func bind() async throws -> [BoundAddress] {
        if case .bound(_, let bound) = state.withLock({ $0.stage }) { return bound }
        for limit in Limits.settings { if let fault = limit.fault(in: configuration.limits) { throw fault } }
        try prepareTLS()
        let user = try configuration.user.map { try ServerUser.account($0) }
        let log = try AccessLog(configuration.accessLog, logger: logger)
        accessLog.withLock { $0 = log }
        let sockets = try BoundSockets(configuration, loops: eventLoops.count, user: user)
        if let user { try become(user) }
        state.withLock { state in
            state.stage = .bound(sockets.all, sockets.addresses)
            state.sockets = sockets.all
            state.noteSecurity()
        }
        return sockets.addresses
    }

    /// What only root can get is there: from now on it is somebody else.
    private func become(_ user: ProcessUser) throws {
        ServerUser.give(configuration.accessLog, to: user)
        try ServerUser.become(user)
        ServerUser.warn(of: configuration.tls, user, logger)
    }

    private func prepareTLS() throws {
        let addresses =
            configuration.addresses
            + configuration.inheritedSockets.map { ListenAddress($0.address, scheme: configuration.scheme(of: $0)) }
        let secure = addresses.first { $0.scheme == .https }
        if let secure, configuration.tls.sites.isEmpty { throw TLSFailure.noCertificate("\(secure)") }
        if secure == nil, !configuration.tls.sites.isEmpty {
            logger.warning("There is a certificate, but it is not used: no address begins with https://.")
        }
        try certificates.load(configuration.tls, logger: logger)
    }

    /// The files of the Unix sockets that the server has made and removes when it stops.
    public var socketFiles: [String] {
        state.withLock { state in
            state.sockets.compactMap { socket in
                guard case .unix(let path) = socket.address, !socket.isInherited, !socket.address.isAbstract else {
                    return nil
                }
                return path
            }
        }
    }

    /// Accepts connections and calls the application for their requests. Returns when the server has stopped.
    ///
    /// - Throws: what ``bind()`` throws, if that was not called before.
    public func serve(_ application: some Application) async throws {
        try await serve(application) { try await self.listen($0, contexts: $1) }
    }

    /// - Parameter open: has connections come.
    func serve(
        _ application: some Application,
        _ open: ([ListeningSocket], [LoopContext]) async throws -> Void
    ) async throws {
        if case .new = state.withLock({ $0.stage }) { _ = try await bind() }
        let sockets = state.withLock { state -> [ListeningSocket] in
            guard case .bound(let sockets, _) = state.stage else { return [] }
            state.stage = .serving
            let own = HandedSocket.own(sockets, of: configuration.handedSockets)
            state.sockets = own
            return own
        }
        let (whenEmpty, emptied) = AsyncStream.makeStream(of: Void.self)
        let watch = watchCertificates(every: configuration.certificateCheck)
        defer { watch.cancel() }
        let contexts = makeContexts(fronted(application, configuration)) { emptied.yield() }
        try await open(sockets, contexts)

        let mustStop = state.withLock { state in
            state.contexts = contexts
            return state.wasToldToStop
        }
        if mustStop { stop() }

        // Each loop reports once when it is stopping and has no connections. The wait is in a task of its own, since a
        // cancelled task would not wait; cancelling the caller stops the server gracefully.
        let waiting = Task {
            var left = contexts.count
            for await _ in whenEmpty {
                left -= 1
                if left == 0 { return }
            }
        }
        await withTaskCancellationHandler {
            await waiting.value
        } onCancel: {
            beginShutdown()
        }
        await finish()
    }

    private func makeContexts(
        _ application: any Application,
        whenEmpty: @escaping @Sendable () -> Void
    ) -> [LoopContext] {
        let limit = configuration.limits.connections
        let possible = OpenFiles.connections
        if limit > possible {
            logger.warning(
                "The limit on open files leaves \(possible) connections, fewer than the \(limit) of limit-connections."
            )
        }
        let gauge = ConnectionGauge(limit: limit > 0 ? limit : possible, loops: eventLoops.count)
        let untrustedPeers = UntrustedPeers()
        let log = accessLog.withLock { $0 }
        let contexts = zip(eventLoops, executors).map { loop, executor in
            LoopContext(
                loop: loop,
                executor: executor,
                application: application,
                configuration: configuration,
                gauge: gauge,
                untrustedPeers: untrustedPeers,
                accessLog: log,
                logger: logger,
                whenEmpty: whenEmpty
            )
        }
        gauge.join(contexts)
        return contexts
    }

    func listen(_ sockets: [ListeningSocket], contexts: [LoopContext]) async throws {
        let byLoop = Dictionary(uniqueKeysWithValues: contexts.map { (ObjectIdentifier($0.loop), $0) })
        var next = 0
        for socket in sockets {
            let loop = eventLoops[next % eventLoops.count]
            next += 1
            let listener = try await Listener.start(
                socket,
                number: number(of: BoundAddress(socket)),
                on: loop,
                loops: socket.isOnePerLoop ? [loop] : eventLoops,
                group: socket.isOnePerLoop ? loop : group,
                contexts: byLoop,
                certificates: certificates,
                logger: logger
            )
            state.withLock { $0.listeners.append(listener) }
        }
    }
}

// MARK: - End

extension Server {
    /// Stops gracefully: no new connections, idle ones are closed, requests in flight finish within the grace. Before that it is
    /// not ready for a while (``ServerConfiguration/shutdownDelay``), and serves.
    public func beginShutdown() { beginShutdown(after: configuration.shutdownDelay) }

    func beginShutdown(after delay: Duration) {
        readiness.stop()
        let isServing = state.withLock { state in
            state.wasToldToStop = true
            let end = ContinuousClock.now + delay + configuration.shutdownGrace
            state.stopsAt = min(state.stopsAt ?? end, end)
            return !state.contexts.isEmpty
        }
        guard isServing else { return }
        guard delay > .zero else { return stop() }
        logger.notice("The server was told to stop. It says that it is not ready, and serves for another \(delay).")
        Task { [weak self] in
            try? await Task.sleep(for: delay)
            self?.stop()
        }
    }

    /// What is left of the grace for what has to end after the server.
    var remainingGrace: Duration {
        guard let end = state.withLock({ $0.stopsAt }) else { return configuration.shutdownGrace }
        return max(.zero, end - .now)
    }

    private func stop() {
        // The last tenth is for the application: a download that never ends must not cost it its own orderly end.
        let grace = configuration.shutdownGrace / 10 * 9
        state.withLock { state in
            guard case .serving = state.stage else { return }
            state.stage = .stopping
            if !state.isHandedOver { for socket in state.sockets { socket.removeFile() } }
            state.sockets = []
            let (listeners, contexts, leavesQueue) = (state.listeners, state.contexts, state.isHandedOver)
            state.listeners = []
            state.closing = Task {
                await withTaskGroup { group in
                    for listener in listeners { group.addTask { await listener.close(leavesQueue: leavesQueue) } }
                }
                for context in contexts { context.loop.execute { context.refuseNewRequests() } }
            }
            state.graceTask = Task { [weak self] in
                try? await Task.sleep(for: grace)
                if !Task.isCancelled { self?.closeNow() }
            }
        }
    }

    /// Stops at once: connections are closed whatever they are doing.
    public func closeNow() {
        beginShutdown(after: .zero)
        for context in state.withLock({ $0.contexts }) {
            context.loop.execute { context.closeAll() }
        }
    }

    private func finish() async {
        let (closing, grace) = state.withLock { state in
            state.stage = .stopped
            defer { (state.closing, state.graceTask) = (nil, nil) }
            return (state.closing, state.graceTask)
        }
        grace?.cancel()
        await closing?.value
        state.withLock { state in
            state.contexts.first?.gauge.close()
            state.contexts = []
        }
        // A pipe at standard output that nobody reads must not keep the process alive.
        await accessLog.withLock { $0 }?.finish(within: max(.seconds(1), remainingGrace))
    }

    /// Reopens the access log, after log rotation has moved it away.
    public func reopenLogs() {
        accessLog.withLock { $0 }?.reopen()
    }
}
