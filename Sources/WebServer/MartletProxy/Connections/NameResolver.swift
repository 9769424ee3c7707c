import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// The addresses of upstreams that have names, looked up again from time to time.
///
/// The rules:
///
/// 1. A name is looked up when it is first needed, and again at the first use after `interval`. Meanwhile, and where that
///    fails, the former addresses are used: a name server that is away takes no site down.
/// 2. The system's resolver does not tell for how long an answer holds, so the interval is a setting.
/// 3. A look-up may block for long, so it has threads of its own: those of NIO's pool are for disks.
final class NameResolver: Sendable {
    private struct Entry {
        var addresses: [SocketAddress] = []
        var until = NIODeadline.uptimeNanoseconds(0)
        var isLookingUp = false
        var waiting: [EventLoopPromise<[SocketAddress]>] = []
        /// Which address is the first for the next connection.
        var turn = 0
    }

    private struct Name: Hashable {
        let host: String
        let port: Int
    }

    private static let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 2)
        pool.start()
        return pool
    }()

    private let interval: TimeAmount
    private let entries = Mutex<[Name: Entry]>([:])

    init(interval: TimeAmount) { self.interval = interval }

    /// The addresses of a name, in the order in which they are to be tried: each connection begins with another one.
    ///
    /// - Returns: fails with ``NameNotFound``.
    func addresses(of host: String, port: Int, on loop: any EventLoop) -> EventLoopFuture<[SocketAddress]> {
        if let address = try? SocketAddress(ipAddress: host, port: port) { return loop.makeSucceededFuture([address]) }
        let name = Name(host: host, port: port)
        let promise = loop.makePromise(of: [SocketAddress].self)
        let (known, isDue) = entries.withLock { entries -> ([SocketAddress], Bool) in
            var entry = entries[name, default: Entry()]
            defer { entries[name] = entry }
            let isDue = !entry.isLookingUp && entry.until <= .now()
            if isDue { entry.isLookingUp = true }
            guard !entry.addresses.isEmpty else {
                entry.waiting.append(promise)
                return ([], isDue)
            }
            entry.turn &+= 1
            let first = entry.turn % entry.addresses.count
            return (Array(entry.addresses[first...] + entry.addresses[..<first]), isDue)
        }
        if !known.isEmpty { promise.succeed(known) }
        if isDue { lookUp(name) }
        return promise.futureResult
    }

    /// None of the addresses can be reached: the next connection looks the name up again.
    func doubt(_ host: String, port: Int) {
        entries.withLock { $0[Name(host: host, port: port)]?.until = .uptimeNanoseconds(0) }
    }

    private func lookUp(_ name: Name) {
        Self.threads.submit { [self] state in
            let found: Result<[SocketAddress], NameNotFound>
            if case .active = state {
                found = Self.look(up: name)
            } else {
                found = .failure(NameNotFound(host: name.host, reason: "the server is stopping"))
            }
            let (waiting, addresses) = entries.withLock {
                entries -> ([EventLoopPromise<[SocketAddress]>], [SocketAddress]) in
                var entry = entries[name, default: Entry()]
                defer { entries[name] = entry }
                entry.isLookingUp = false
                // What could not be found is asked for again by the next request that needs it.
                if case .success(let addresses) = found {
                    entry.addresses = addresses
                    entry.until = .now() + interval
                }
                defer { entry.waiting = [] }
                return (entry.waiting, entry.addresses)
            }
            for promise in waiting {
                if case .failure(let error) = found, addresses.isEmpty {
                    promise.fail(error)
                } else {
                    promise.succeed(addresses)
                }
            }
        }
    }

    private static func look(up name: Name) -> Result<[SocketAddress], NameNotFound> {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(name.host, String(name.port), &hints, &list)
        guard status == 0 else {
            return .failure(NameNotFound(host: name.host, reason: String(cString: gai_strerror(status))))
        }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next {
            if let address = address(entry.pointee), !addresses.contains(address) { addresses.append(address) }
            next = entry.pointee.ai_next
        }
        return addresses.isEmpty
            ? .failure(NameNotFound(host: name.host, reason: "it has no address")) : .success(addresses)
    }

    private static func address(_ entry: addrinfo) -> SocketAddress? {
        guard let pointer = entry.ai_addr else { return nil }
        switch entry.ai_family {
        case AF_INET where entry.ai_addrlen >= MemoryLayout<sockaddr_in>.size:
            return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { SocketAddress($0.pointee) }
        case AF_INET6 where entry.ai_addrlen >= MemoryLayout<sockaddr_in6>.size:
            return pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { SocketAddress($0.pointee) }
        default: return nil
        }
    }
}

/// A name without an address.
struct NameNotFound: Error, CustomStringConvertible {
    let host: String
    let reason: String

    var description: String { "the name \(host) has no address: \(reason)" }
}
