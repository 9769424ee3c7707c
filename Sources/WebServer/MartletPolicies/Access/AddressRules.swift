import HTTPTypes
package import MartletGateway

/// Which clients may come, by their address. The order of the rules never matters: the longest prefix that matches
/// decides, and of two that are equal the one that denies.
package struct AddressRules: Sendable, Equatable {
    /// A client, or many.
    package enum Peer: Sendable, Hashable, CustomStringConvertible {
        case network(IPNetwork)
        /// Over a Unix socket, without a proxy that says more.
        case unix

        package var description: String {
            switch self {
            case .network(let network): "\(network)"
            case .unix: "unix"
            }
        }
    }

    package var allowed: [Peer]
    package var denied: [Peer]

    package init(allowed: [Peer] = [], denied: [Peer] = []) {
        self.allowed = allowed
        self.denied = denied
    }

    /// Reads `10.0.0.0/8`, `192.0.2.1`, `2001:db8::/32`, `unix`, or `all`.
    ///
    /// - Throws: ``PolicyError``.
    package static func peers(parsing text: String) throws(PolicyError) -> [Peer] {
        switch text {
        case "unix": return [.unix]
        case "all":
            return [.unix] + ["0.0.0.0/0", "::/0"].compactMap { try? .network(IPNetwork(parsing: $0)) }
        default:
            do { return [.network(try IPNetwork(parsing: text))] } catch {
                throw PolicyError(
                    "\"\(text)\" is no client: \(error.problem). Write an address, a network such as 10.0.0.0/8, unix or all"
                )
            }
        }
    }

    /// Whether who is not named may come: if nobody is allowed by name, or some are denied besides.
    private var admitsOthers: Bool { allowed.isEmpty }

    func admits(_ address: IPAddress?) -> Bool {
        guard let address else {
            if denied.contains(.unix) { return false }
            return admitsOthers || allowed.contains(.unix)
        }
        let allowance = Self.longest(allowed, address)
        let denial = Self.longest(denied, address)
        switch (allowance, denial) {
        case (nil, nil): return admitsOthers
        case (_?, nil): return true
        case (nil, _?): return false
        case (let allowance?, let denial?): return allowance > denial
        }
    }

    private static func longest(_ peers: [Peer], _ address: IPAddress) -> Int? {
        peers.compactMap { peer in
            if case .network(let network) = peer, network.contains(address) { network.bits } else { nil }
        }.max()
    }
}

/// Refuses clients whose address is not welcome with 403.
package struct AddressPolicy: Policy {
    private let rules: AddressRules
    private let isDryRun: Bool
    private let log = RefusalLog("refused by its address")

    package init(_ rules: AddressRules, isDryRun: Bool = false) {
        self.rules = rules
        self.isDryRun = isDryRun
    }

    package func receive(_ request: inout Request) -> Verdict {
        guard !rules.admits(request.connection.remoteAddress.flatMap(IPAddress.init)) else { return .pass }
        log.note(request, isDryRun: isDryRun)
        return isDryRun ? .pass : .answer(.refusal(.forbidden, "This address may not come here."))
    }
}
