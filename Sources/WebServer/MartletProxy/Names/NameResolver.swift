import MartletDNS
import NIOCore
import NIOPosix
import Synchronization

/// The addresses of upstreams that have names, looked up again from time to time.
///
/// The rules:
///
/// 1. A name is looked up when it is first needed, and again at the first use after its time. Meanwhile, and where that
///    fails, the former addresses are used: a name server that is away takes no site down.
/// 2. The time is that of DNS, and no more than `interval`; what is not of DNS has the interval. Docker says ten minutes of names
///    whose addresses change at once.
/// 3. A look-up may block for long, so it has threads of its own: those of NIO's pool are for disks, and for what this machine
///    itself says of a name, which waits for no name server.
/// 4. A connection to an address that a name has lost gets no further request: see ``listed(_:)``.
final class NameResolver: Sendable {
    /// What is looked up.
    enum Question: Hashable, Sendable {
        case host(String, port: Int)
        /// The servers of a service (RFC 2782).
        case service(String)
    }

    private struct Entry {
        var addresses: [SocketAddress] = []
        var servers: [DNSService: [SocketAddress]] = [:]
        var until = NIODeadline.uptimeNanoseconds(0)
        var isLookingUp = false
        var waiting: [EventLoopPromise<[SocketAddress]>] = []
        /// Which address is the first for the next connection.
        var turn = 0

        /// In the order in which the next connection tries them: from another one on, or as their service says.
        mutating func next() -> [SocketAddress] {
            guard servers.isEmpty else {
                var random = SystemRandomNumberGenerator()
                return DNSService.order(Array(servers.keys), using: &random).flatMap { servers[$0] ?? [] }
            }
            guard !addresses.isEmpty else { return [] }
            turn &+= 1
            let first = turn % addresses.count
            return Array(addresses[first...] + addresses[..<first])
        }
    }

    /// A name whose answer holds for no time at all is asked for once a second.
    private static let shortest = TimeAmount.seconds(1)

    /// So many names that nobody answers for hold up no other one. A look-up is one at a time for each name.
    private static let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 16)
        pool.start()
        return pool
    }()

    private let interval: TimeAmount
    private let lookup: NameLookup
    private let entries = Mutex<[Question: Entry]>([:])

    /// - Parameter server: the name server; nil for those of the system.
    init(interval: TimeAmount, server: SocketAddress?) {
        self.interval = interval
        lookup = NameLookup(server: server)
    }

    /// The addresses of a name, in the order in which they are to be tried: each connection begins with another one.
    ///
    /// - Returns: fails with ``NameNotFound``.
    func addresses(of question: Question, on loop: any EventLoop) -> EventLoopFuture<[SocketAddress]> {
        if case .host(let host, let port) = question, let address = try? SocketAddress(ipAddress: host, port: port) {
            return loop.makeSucceededFuture([address])
        }
        let promise = loop.makePromise(of: [SocketAddress].self)
        let (known, isDue) = entries.withLock { entries -> ([SocketAddress], Bool) in
            var entry = entries[question, default: Entry()]
            defer { entries[question] = entry }
            let isDue = !entry.isLookingUp && entry.until <= .now()
            if isDue { entry.isLookingUp = true }
            guard !entry.addresses.isEmpty else {
                entry.waiting.append(promise)
                return ([], isDue)
            }
            return (entry.next(), isDue)
        }
        if !known.isEmpty { promise.succeed(known) }
        if isDue { lookUp(question) }
        return promise.futureResult
    }

    /// The addresses that a name has, of which it is known; it is looked up again if that is due.
    func listed(_ question: Question) -> [SocketAddress]? {
        let (known, isDue) = entries.withLock { entries -> ([SocketAddress]?, Bool) in
            guard var entry = entries[question], !entry.addresses.isEmpty else { return (nil, false) }
            let isDue = !entry.isLookingUp && entry.until <= .now()
            if isDue { entry.isLookingUp = true }
            entries[question] = entry
            return (entry.addresses, isDue)
        }
        if isDue { lookUp(question) }
        return known
    }

    /// None of the addresses can be reached: the next connection looks the name up again.
    func doubt(_ question: Question) {
        entries.withLock { $0[question]?.until = .uptimeNanoseconds(0) }
    }

    private func lookUp(_ question: Question) {
        NIOThreadPool.singleton.submit { [self] _ in
            if case .host(let host, let port) = question, let own = lookup.localAddresses(of: host, port: port) {
                return found(.success(own), for: question)
            }
            Self.threads.submit { [self] state in
                if case .active = state { return found(look(up: question), for: question) }
                found(.failure(NameNotFound(host: question.name, reason: "the server is stopping")), for: question)
            }
        }
    }

    private func found(_ result: Result<NameLookup.Found, NameNotFound>, for question: Question) {
        let answers = entries.withLock { entries -> [(EventLoopPromise<[SocketAddress]>, [SocketAddress])] in
            var entry = entries[question, default: Entry()]
            defer { entries[question] = entry }
            entry.isLookingUp = false
            // What could not be found is asked for again by the next request that needs it.
            if case .success(let found) = result {
                entry.addresses = found.addresses
                entry.servers = found.servers
                entry.until = .now() + min(max(found.time ?? interval, Self.shortest), interval)
            }
            defer { entry.waiting = [] }
            return entry.waiting.map { ($0, entry.next()) }
        }
        for (promise, addresses) in answers {
            if case .failure(let error) = result, addresses.isEmpty {
                promise.fail(error)
            } else {
                promise.succeed(addresses)
            }
        }
    }

    private func look(up question: Question) -> Result<NameLookup.Found, NameNotFound> {
        switch question {
        case .host(let host, let port): lookup.otherAddresses(of: host, port: port)
        case .service(let name): lookup.servers(of: name)
        }
    }
}

extension NameResolver.Question {
    fileprivate var name: String {
        switch self {
        case .host(let host, _): host
        case .service(let name): name
        }
    }
}
