import CMartletResolver
import Glibc
import MartletDNS
import NIOCore

/// Looks names up. It waits, up to some seconds, so it runs on threads of its own.
///
/// The rules:
///
/// 1. A name in /etc/hosts has the addresses there, and `localhost` those of this machine, wherever it is not (RFC 6761 section 6.3).
/// 2. Then DNS is asked, for the name as it is, since it says for how long its answer holds.
/// 3. What DNS does not have is the system's to find: `getaddrinfo` knows search domains and whatever else nsswitch.conf names.
struct NameLookup: Sendable {
    struct Found: Sendable {
        let addresses: [SocketAddress]
        /// Which of them are whose, where it is a service.
        var servers: [DNSService: [SocketAddress]] = [:]
        /// For how long; nil where nobody says.
        let time: TimeAmount?
    }

    /// An answer of DNS may be as large as 64 KB; this has room for 500 addresses.
    private static let answerBytes = 16_384
    /// More servers of one service than this are not tried.
    private static let mostServers = 16

    /// The name server; nil for those of the system.
    let server: SocketAddress?

    /// What this machine itself says of a name; nil where others are to be asked.
    func localAddresses(of host: String, port: Int) -> Found? {
        let listed = HostsFile.current().addresses(of: host).compactMap {
            try? SocketAddress(ipAddress: $0, port: port)
        }
        if !listed.isEmpty { return Found(addresses: Self.reachable(listed), time: nil) }
        guard Self.isLocal(host) else { return nil }
        let own = ["127.0.0.1", "::1"].compactMap { try? SocketAddress(ipAddress: $0, port: port) }
        return Found(addresses: Self.reachable(own), time: nil)
    }

    func addresses(of host: String, port: Int) -> Result<Found, NameNotFound> {
        if let own = localAddresses(of: host, port: port) { return .success(own) }
        return otherAddresses(of: host, port: port)
    }

    /// What others say of a name that this machine has not.
    func otherAddresses(of host: String, port: Int) -> Result<Found, NameNotFound> {
        let known = records(of: host, port: port)
        if case .success(let found) = known { return .success(found) }
        let others = Self.systemAddresses(of: host, port: port)
        // Where a name server was named, what it says is of more interest than that the system does not know the name either.
        if case .failure = others, server != nil, case .failure(let problem) = known { return .failure(problem) }
        return others
    }

    private static func isLocal(_ host: String) -> Bool {
        let name = host.lowercased()
        return name == "localhost" || name.hasSuffix(".localhost")
    }

    /// The addresses of a service's servers.
    func servers(of service: String) -> Result<Found, NameNotFound> {
        switch ask(service, .srv) {
        case .failure(let problem): return .failure(problem)
        case .success(let answer):
            let services = answer.values.compactMap { if case .service(let one) = $0 { one } else { nil } }
            var random = SystemRandomNumberGenerator()
            var servers: [DNSService: [SocketAddress]] = [:]
            var seconds = answer.seconds
            var problem = NameNotFound(host: service, reason: "there is no such service")
            for one in DNSService.order(services, using: &random).prefix(Self.mostServers) {
                switch self.addresses(of: one.target.description, port: one.port) {
                case .success(let found):
                    servers[one] = found.addresses
                    if let time = found.time { seconds = min(seconds, Int(time.nanoseconds / 1_000_000_000)) }
                case .failure(let reason): problem = reason
                }
            }
            guard !servers.isEmpty else { return .failure(problem) }
            let addresses = Array(servers.values.joined())
            return .success(Found(addresses: addresses, servers: servers, time: .seconds(Int64(seconds))))
        }
    }
}

// MARK: - DNS

extension NameLookup {
    private func records(of host: String, port: Int) -> Result<Found, NameNotFound> {
        var addresses: [SocketAddress] = []
        var seconds = Int.max
        var problem: NameNotFound?
        for type in [DNSType.a, .aaaa] {
            switch ask(host, type) {
            case .success(let answer):
                addresses += answer.values.compactMap { Self.address($0, port) }
                seconds = min(seconds, answer.seconds)
            case .failure(let reason):
                problem = problem ?? reason
                // It would only take as long once more.
                if reason.isSilence { return .failure(reason) }
            }
        }
        guard !addresses.isEmpty else {
            return .failure(problem ?? NameNotFound(host: host, reason: "it has no address"))
        }
        return .success(Found(addresses: Self.reachable(addresses), time: .seconds(Int64(seconds))))
    }

    private func ask(_ host: String, _ type: DNSType) -> Result<DNSAnswer, NameNotFound> {
        var length: CInt = 0
        let message = [UInt8](unsafeUninitializedCapacity: Self.answerBytes) { memory, count in
            length = withServer { server in
                martlet_dns_query(server, host, CInt(type.rawValue), memory.baseAddress, CInt(Self.answerBytes))
            }
            count = max(0, Int(length))
        }
        guard length > 0 else {
            return .failure(NameNotFound(host: host, reason: Self.reason(-length), isSilence: length == -2))
        }
        do throws(DNSFault) {
            let answer = try DNSAnswer(message, asked: DNSName(host.utf8), type: type)
            guard let answer else { return .failure(NameNotFound(host: host, reason: "DNS does not have it")) }
            return .success(answer)
        } catch {
            return .failure(NameNotFound(host: host, reason: "\(error)"))
        }
    }

    private func withServer<Value>(_ body: (UnsafePointer<sockaddr>?) -> Value) -> Value {
        guard let server else { return body(nil) }
        return server.withSockAddr { address, _ in body(address) }
    }

    /// What the C library says: HOST_NOT_FOUND, TRY_AGAIN, NO_RECOVERY and NO_DATA of netdb.h.
    private static func reason(_ number: CInt) -> String {
        switch number {
        case 1: "DNS does not have it"
        case 2: "no name server answers"
        case 4: "DNS has no such record of it"
        default: "the name server refuses an answer"
        }
    }

    private static func address(_ value: DNSAnswer.Value, _ port: Int) -> SocketAddress? {
        switch value {
        case .v4(let bytes), .v6(let bytes):
            try? SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: port)
        case .service: nil
        }
    }

    /// Without those that the system has no way to, such as of IPv6 where there is none (`AI_ADDRCONFIG`); all, where it has a way to
    /// none.
    private static func reachable(_ addresses: [SocketAddress]) -> [SocketAddress] {
        var seen: [SocketAddress] = []
        for address in addresses where !seen.contains(address) { seen.append(address) }
        let usable = seen.filter { address in
            // It sends nothing: the system looks for a way.
            let family = CInt(address.protocol.rawValue)
            let probe = socket(family, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
            guard probe >= 0 else { return false }
            defer { close(probe) }
            return address.withSockAddr { connect(probe, $0, socklen_t($1)) } == 0
        }
        return usable.isEmpty ? seen : usable
    }
}

// MARK: - The system

extension NameLookup {
    private static func systemAddresses(of host: String, port: Int) -> Result<Found, NameNotFound> {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        guard status == 0 else {
            return .failure(NameNotFound(host: host, reason: String(cString: gai_strerror(status))))
        }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next {
            if let address = address(entry.pointee), !addresses.contains(address) { addresses.append(address) }
            next = entry.pointee.ai_next
        }
        return addresses.isEmpty
            ? .failure(NameNotFound(host: host, reason: "it has no address"))
            : .success(Found(addresses: addresses, time: nil))
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
    /// Whether no name server has said anything.
    var isSilence = false

    var description: String { "the name \(host) has no address: \(reason)" }
}
