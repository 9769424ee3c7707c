import Glibc
import NIOCore

/// Sockets that are bound and listening, made by hand so that we can explain every error.
///
/// The rules:
///
/// 1. A TCP address gets one socket per event loop (SO_REUSEPORT): the kernel distributes connections, and no loop
///    wakes for another's.
/// 2. SO_REUSEPORT would let a second server of the same user share the port silently. So the address is first tried
///    without it.
/// 3. A Unix address is one socket. The file of a server that is gone is removed, that of a running one never.
/// 4. An inherited socket belongs to the process that opened it: it is neither emptied nor removed when this server
///    ends.
struct ListeningSocket: Sendable {
    let descriptor: CInt
    let address: BindAddress
    var scheme = ListenScheme.http
    var isInherited = false
    /// Whether each event loop has a socket of its own for this address.
    var isOnePerLoop = false
    /// What it was bound for; nil for one that is inherited from the service manager.
    var asked: ListenAddress?

    /// The most connections that wait to be accepted; the kernel caps it at `net.core.somaxconn`.
    static let backlog: CInt = 4096

    /// Binds an address.
    ///
    /// - Parameter count: how many sockets share it.
    /// - Returns: groups of sockets: one group per address that the host name stands for, with `count` sockets each; a
    ///   single socket for a path.
    static func bind(
        _ address: ListenAddress,
        count: Int,
        permissions: SocketPermissions = SocketPermissions()
    ) throws -> [[ListeningSocket]] {
        do {
            return try bind(address.address, count: count, permissions).map { group in
                group.map { socket in
                    var socket = socket
                    socket.scheme = address.scheme
                    socket.asked = address
                    return socket
                }
            }
        } catch var inUse as AddressInUse {
            inUse.scheme = address.givenScheme
            throw inUse
        }
    }

    private static func bind(
        _ address: BindAddress,
        count: Int,
        _ permissions: SocketPermissions
    ) throws -> [[ListeningSocket]] {
        switch address {
        case .unix(let path):
            return [[try bindPath(path, permissions)]]
        case .tcp(let host, 0):
            return try bindAnyPort(host, count: count)
        case .tcp(let host, let port):
            return try bindHost(host, port: port, count: count)
        }
    }

    /// Undoes the binding.
    func discard() {
        _ = Glibc.close(descriptor)
        removeFile()
    }

    /// Accepts everything in the backlog: connections still in it would be reset when the socket is closed.
    ///
    /// - Returns: connected sockets, owned by the caller.
    func acceptAll() -> [CInt] {
        var accepted: [CInt] = []
        // New connections may arrive meanwhile, so the number is bounded.
        while accepted.count < Int(Self.backlog) * 2 {
            let number = accept(descriptor, nil, nil)
            if number >= 0 {
                _ = fcntl(number, F_SETFD, FD_CLOEXEC)
                accepted.append(number)
            } else if errno != EINTR && errno != ECONNABORTED {
                break
            }
        }
        return accepted
    }
}

// MARK: - TCP

extension ListeningSocket {
    /// A port that is free at one address of a host may be in use at another: then the system chooses again.
    private static func bindAnyPort(_ host: String, count: Int) throws -> [[ListeningSocket]] {
        for _ in 0..<20 {
            if let groups = try? bindHost(host, port: 0, count: count) { return groups }
        }
        return try bindHost(host, port: 0, count: count)
    }

    private static func bindHost(_ host: String, port: Int, count: Int) throws -> [[ListeningSocket]] {
        let asked = BindAddress.tcp(host: host, port: port)
        var groups: [[ListeningSocket]] = []
        var port = port
        var firstProblem: (any Error)?
        do {
            for address in try resolve(host, port: port, asked: asked) {
                var target = address
                target.port = port
                do {
                    let group = try bindGroup(target, count: count, asked: asked)
                    groups.append(group)
                    // A name such as localhost stands for several addresses, which must get the same port.
                    if case .tcp(_, let chosen)? = group.first?.address { port = chosen }
                } catch let problem as AddressInUse {
                    throw problem
                } catch {
                    firstProblem = firstProblem ?? error
                }
            }
        } catch {
            groups.joined().forEach { $0.discard() }
            throw error
        }
        if groups.isEmpty, let firstProblem { throw firstProblem }
        return groups
    }

    static func resolve(_ host: String, port: Int, asked: BindAddress) throws -> [SocketAddress] {
        if host == BindAddress.everyHost {
            // Two sockets instead of one for both families, so that IPv4 clients have IPv4 addresses in logs and
            // environ.
            return try ["0.0.0.0", "::"].map { try SocketAddress(ipAddress: $0, port: port) }
        }
        if let address = try? SocketAddress(ipAddress: host, port: port) { return [address] }
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var list: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host, nil, &hints, &list)
        guard result == 0 else {
            throw BindFailure(
                address: asked,
                reason: "the host name is unknown: \(String(cString: gai_strerror(result)))"
            )
        }
        defer { freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = list
        while let entry = next {
            if let raw = entry.pointee.ai_addr, let address = SocketAddress(raw, port: port), !found.contains(address) {
                found.append(address)
            }
            next = entry.pointee.ai_next
        }
        // IPv4 first: people who copy the first URL expect that.
        return found.filter { $0.protocol == .inet } + found.filter { $0.protocol != .inet }
    }

    private static func bindGroup(
        _ address: SocketAddress,
        count: Int,
        asked: BindAddress
    ) throws -> [ListeningSocket] {
        var address = address
        let probe = try open(address, shared: false, asked: asked)
        address.port = try port(of: probe, asked: asked)
        _ = Glibc.close(probe)

        let host = address.ipAddress ?? ""
        let bound = BindAddress.tcp(host: host, port: address.port ?? 0)
        var group: [ListeningSocket] = []
        do {
            for _ in 0..<max(1, count) {
                let descriptor = try open(address, shared: true, asked: asked)
                group.append(ListeningSocket(descriptor: descriptor, address: bound, isOnePerLoop: true))
                guard listen(descriptor, backlog) == 0 else { throw failure(errno, asked: asked, at: address) }
            }
        } catch {
            group.forEach { $0.discard() }
            throw error
        }
        return group
    }

    /// A bound socket that does not listen yet. The bind fails if another socket listens there.
    static func open(_ address: SocketAddress, shared: Bool, asked: BindAddress) throws -> CInt {
        let family = address.protocol == .inet6 ? AF_INET6 : AF_INET
        let descriptor = socket(family, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw BindFailure(address: asked, reason: String(cString: strerror(errno))) }
        var on: CInt = 1
        let size = socklen_t(MemoryLayout<CInt>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
        if shared { setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, size) }
        if family == AF_INET6, address.ipAddress != "::" || asked.host == BindAddress.everyHost {
            setsockopt(descriptor, CInt(IPPROTO_IPV6), IPV6_V6ONLY, &on, size)
        }
        let result = address.withSockAddr { Glibc.bind(descriptor, $0, socklen_t($1)) }
        guard result == 0 else {
            let problem = failure(errno, asked: asked, at: address)
            _ = Glibc.close(descriptor)
            throw problem
        }
        return descriptor
    }

    private static func port(of descriptor: CInt, asked: BindAddress) throws -> Int {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let port = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> Int? in
                guard getsockname(descriptor, address, &size) == 0 else { return nil }
                return SocketAddress(address, port: nil)?.port
            }
        }
        guard let port else {
            _ = Glibc.close(descriptor)
            throw BindFailure(address: asked, reason: "the system does not tell which port it chose")
        }
        return port
    }

    private static func failure(_ number: CInt, asked: BindAddress, at address: SocketAddress) -> any Error {
        let port = address.port ?? 0
        switch number {
        case EADDRINUSE:
            let free = (1...100).lazy.map { port + $0 }.first { isFree($0, beside: address) }
            return AddressInUse(address: asked, holder: AddressInUse.Holder.ofPort(port), freePort: free)
        case EACCES:
            return BindFailure(
                address: asked,
                reason: "ports below 1024 need a privilege (CAP_NET_BIND_SERVICE); one above, such as 8000, does not",
                lacksRights: true
            )
        case EADDRNOTAVAIL:
            return BindFailure(address: asked, reason: "this machine does not have that address")
        default:
            return BindFailure(address: asked, reason: String(cString: strerror(number)))
        }
    }

    private static func isFree(_ port: Int, beside address: SocketAddress) -> Bool {
        guard port <= 65_535 else { return false }
        let descriptor = socket(address.protocol == .inet6 ? AF_INET6 : AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { _ = Glibc.close(descriptor) }
        var candidate = address
        candidate.port = port
        return candidate.withSockAddr { Glibc.bind(descriptor, $0, socklen_t($1)) } == 0
    }
}

extension SocketAddress {
    /// From the system's form; nil for families other than IPv4 and IPv6.
    init?(_ raw: UnsafeMutablePointer<sockaddr>, port: Int?) {
        // The address family, read by position: several imported modules define this field, and which one is found is
        // not certain.
        switch CInt(UnsafeRawPointer(raw).load(as: sa_family_t.self)) {
        case AF_INET:
            self.init(raw.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee })
        case AF_INET6:
            self.init(raw.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { $0.pointee })
        default:
            return nil
        }
        if let port { self.port = port }
    }
}
