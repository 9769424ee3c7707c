import NIOCore

/// The connections of one event loop that several requests share, and the requests that wait for one to be made.
///
/// The rules:
///
/// 1. One connection is made at a time to each upstream: who needs one meanwhile waits for it.
/// 2. Where an upstream has agreed on HTTP/1.1, each request gets a connection of its own, and nobody waits.
///
/// Used on its loop only.
final class SharedConnections {
    typealias Waiter = (Result<any RequestCarrier, any Error>) -> Void
    /// Makes a connection, and tells when it can be used.
    typealias Connect = (@escaping (Result<ReadyConnection, any Error>) -> Void) -> Void

    private struct Upstream {
        var connections: [HTTP2UpstreamConnection] = []
        var waiting: [(connect: Connect, waiter: Waiter)] = []
        var isConnecting = false
        var isShared = true
    }

    @exclusivity(unchecked) private var upstreams: [Upstream]
    private let limits: [Int]
    private var isClosed = false

    /// - Parameter limits: how many unused connections are kept to each upstream.
    init(limits: [Int]) {
        upstreams = Array(repeating: Upstream(), count: limits.count)
        self.limits = limits
    }

    var isEmpty: Bool { upstreams.allSatisfy(\.connections.isEmpty) }

    /// A place on a connection that is there.
    func take(_ upstream: Int) -> HTTP2UpstreamStream? {
        upstreams[upstream].connections.first { $0.hasRoom }.map(HTTP2UpstreamStream.init)
    }

    /// A place on a connection that is made, or a connection of its own.
    func connect(_ upstream: Int, by connect: @escaping Connect, whenReady: @escaping Waiter) {
        // A request for an upgrade has not looked for one.
        if let stream = take(upstream) { return whenReady(.success(stream)) }
        guard upstreams[upstream].isShared else { return connect { whenReady($0.map(\.carrier)) } }
        upstreams[upstream].waiting.append((connect, whenReady))
        begin(upstream)
    }

    private func begin(_ upstream: Int) {
        guard !upstreams[upstream].isConnecting, let first = upstreams[upstream].waiting.first else { return }
        upstreams[upstream].isConnecting = true
        first.connect { self.connected(upstream, $0) }
    }

    private func connected(_ upstream: Int, _ result: Result<ReadyConnection, any Error>) {
        upstreams[upstream].isConnecting = false
        let waiting = upstreams[upstream].waiting
        upstreams[upstream].waiting = []
        guard let first = waiting.first else { return }
        switch result {
        case .failure(let error): for (_, waiter) in waiting { waiter(.failure(error)) }
        case .success(.own(let connection)):
            upstreams[upstream].isShared = false
            first.waiter(.success(connection))
            for (connect, waiter) in waiting.dropFirst() { connect { waiter($0.map(\.carrier)) } }
        case .success(.shared(let connection)):
            upstreams[upstream].isShared = true
            serve(waiting, upstream, connection)
        }
    }

    private func serve(
        _ waiting: [(connect: Connect, waiter: Waiter)],
        _ upstream: Int,
        _ connection: HTTP2UpstreamConnection
    ) {
        guard connection.hasRoom else {
            let fault = UpstreamFault("it takes no requests at the moment")
            for (_, waiter) in waiting { waiter(.failure(fault)) }
            return
        }
        var rest = waiting[...]
        while connection.hasRoom, let next = rest.popFirst() {
            next.waiter(.success(HTTP2UpstreamStream(connection)))
        }
        upstreams[upstream].waiting = Array(rest) + upstreams[upstream].waiting
        begin(upstream)
    }

    func add(_ connection: HTTP2UpstreamConnection) {
        upstreams[connection.upstream].connections.append(connection)
    }

    func remove(_ connection: HTTP2UpstreamConnection) {
        upstreams[connection.upstream].connections.removeAll { $0 === connection }
    }

    /// Whether a connection is kept that nobody uses at the moment.
    func keeps(_ connection: HTTP2UpstreamConnection) -> Bool {
        !isClosed && upstreams[connection.upstream].connections.count { $0.isIdle } <= limits[connection.upstream]
    }

    /// - Parameter addresses: those that the upstream's name has.
    func keepOnly(_ addresses: [SocketAddress], of upstream: Int) {
        for connection in upstreams[upstream].connections {
            if let address = connection.address, !addresses.contains(address) { connection.retire() }
        }
    }

    func closeExpired(_ now: NIODeadline) {
        for connection in upstreams.flatMap(\.connections) where connection.isIdle && connection.idleDeadline <= now {
            connection.close()
        }
    }

    /// Closes what nobody uses, now and from now on.
    func close() {
        isClosed = true
        for connection in upstreams.flatMap(\.connections) where connection.isIdle { connection.close() }
    }
}

/// A connection on which requests can be sent.
enum ReadyConnection {
    /// For one request at a time.
    case own(UpstreamConnection)
    case shared(HTTP2UpstreamConnection)

    /// What carries the next request.
    var carrier: any RequestCarrier {
        switch self {
        case .own(let connection): connection
        case .shared(let connection): HTTP2UpstreamStream(connection)
        }
    }
}
