import NIOCore

/// The connections of one event loop that have no user: kept for the next request to their upstream.
///
/// Used on its loop only.
final class ConnectionPool: @unchecked Sendable {
    @exclusivity(unchecked) private var idle: [[UpstreamConnection]]
    private let limits: [Int]
    /// Of upstreams with names, the addresses that they have.
    private var listed: [[SocketAddress]?]
    let idleTime: TimeAmount
    /// Those that several requests share.
    let shared: SharedConnections
    private let group: UpstreamGroup
    @exclusivity(unchecked) private var spare: ByteBuffer?
    /// Nothing is kept any more.
    private var isClosed = false
    /// As its ``LoopProxy`` says.
    var now = NIODeadline.now()
    /// Whether somebody looks at the times of those that lie here.
    var isWatched = false
    /// Told that a connection lies here while nobody does.
    var whenKept: () -> Void = {}

    init(_ configuration: ProxyConfiguration, group: UpstreamGroup, keepsConnections: Bool = true) {
        idle = configuration.upstreams.map { _ in [] }
        listed = configuration.upstreams.map { _ in nil }
        limits = configuration.upstreams.map { keepsConnections ? configuration.idleConnections(to: $0) : 0 }
        idleTime = TimeAmount(configuration.idleTimeout)
        shared = SharedConnections(limits: limits)
        self.group = group
    }

    /// A buffer for what is sent next, which most often is sent at once: one for all connections.
    func takeOutput() -> ByteBuffer {
        guard var output = spare.take() else { return ByteBufferAllocator().buffer(capacity: 4096) }
        // Now that nobody else holds it: before, this would have made a new one.
        output.clear()
        return output
    }

    /// - Parameter buffer: whose bytes are all sent.
    func giveBack(_ buffer: ByteBuffer) {
        if buffer.capacity <= 65_536 { spare = buffer }
    }

    var isEmpty: Bool { idle.allSatisfy(\.isEmpty) && shared.isEmpty }

    /// A place on a shared connection, or else the connection that was used last: the others get old, and go.
    ///
    /// A request that cannot be sent twice gets only one of which is sure that the upstream has not closed it yet.
    func take(_ upstream: Int, for request: OutgoingRequest, with body: PassedBody) -> (any RequestCarrier)? {
        let isSure = !request.isIdempotent || body.isStream
        if !group.urls[upstream].needsOwnConnection(for: request), let stream = shared.take(upstream) { return stream }
        while let connection = idle[upstream].popLast() {
            if connection.isFree, !isSure || connection.isQuiet { return connection }
            connection.close()
        }
        return nil
    }

    func giveBack(_ connection: UpstreamConnection) {
        let limit = limits[connection.upstream]
        guard !isClosed, limit > 0, isListed(connection) else { return connection.close() }
        var time = idleTime
        if let seconds = connection.keepAliveSeconds {
            // A request that is sent while the upstream closes is lost: be a second earlier than it.
            guard seconds > 1 else { return connection.close() }
            time = min(time, .seconds(Int64(min(seconds - 1, 1 << 32))))
        }
        connection.idleDeadline = now + time
        let upstream = connection.upstream
        idle[upstream].append(connection)
        if idle[upstream].count > limit { idle[upstream].removeFirst().close() }
        if !isWatched { whenKept() }
    }

    /// - Parameter addresses: those that an upstream's name has: connections to others are closed, now or when their requests are over.
    func keepOnly(_ addresses: [SocketAddress], of upstream: Int) {
        listed[upstream] = addresses
        for connection in idle[upstream] where !isListed(connection) { connection.close() }
        shared.keepOnly(addresses, of: upstream)
    }

    private func isListed(_ connection: UpstreamConnection) -> Bool {
        guard let addresses = listed[connection.upstream], let address = connection.address else { return true }
        return addresses.contains(address)
    }

    func remove(_ connection: UpstreamConnection) { idle[connection.upstream].removeAll { $0 === connection } }

    func connectionOpened(to upstream: Int) { group.count(1, ofConnectionsTo: upstream) }
    func connectionClosed(to upstream: Int) { group.count(-1, ofConnectionsTo: upstream) }

    func closeExpired(_ now: NIODeadline) {
        for connection in idle.joined() where connection.idleDeadline <= now { connection.close() }
        shared.closeExpired(now)
    }

    /// Closes what lies here, and from now on what comes back.
    func close() {
        isClosed = true
        for connection in idle.joined() { connection.close() }
        shared.close()
    }
}
