import NIOCore

extension AddressCheck {
    /// Two addresses of one server, of which the second cannot be listened at beside the first.
    package struct Clash: Sendable, Equatable {
        package let first: BindAddress
        package let second: BindAddress
    }

    /// Names that stand for no address are left out: they are a trouble of their own.
    package static func clashes(among addresses: [BindAddress]) -> [Clash] {
        var clashes: [Clash] = []
        for (index, second) in addresses.enumerated() {
            guard let first = addresses.prefix(index).first(where: { covers($0, second) || covers(second, $0) }) else {
                continue
            }
            clashes.append(Clash(first: first, second: second))
        }
        return clashes
    }

    private static func covers(_ one: BindAddress, _ other: BindAddress) -> Bool {
        guard one != other, let port = one.port, port != 0, port == other.port else { return false }
        return places(one).contains { place in places(other).contains { place.covers($0) } }
    }

    /// What a socket is bound to.
    private struct Place {
        let ip: String
        let isIPv6: Bool
        /// Whether one socket takes both families.
        let isDual: Bool

        func covers(_ other: Place) -> Bool {
            if isDual || ip == other.ip { return true }
            return isIPv6 == other.isIPv6 && (ip == "0.0.0.0" || ip == "::")
        }
    }

    private static func places(_ address: BindAddress) -> [Place] {
        guard let host = address.host, let port = address.port else { return [] }
        let resolved = (try? ListeningSocket.resolve(host, port: port, asked: address)) ?? []
        return resolved.compactMap { one in
            guard let ip = one.ipAddress else { return nil }
            return Place(
                ip: ip,
                isIPv6: one.protocol == .inet6,
                isDual: ip == "::" && host != BindAddress.everyHost
            )
        }
    }
}
