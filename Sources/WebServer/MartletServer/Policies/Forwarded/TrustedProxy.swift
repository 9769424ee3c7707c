public import MartletGateway
import NIOCore

/// A peer that is believed about its client.
public enum TrustedProxy: Sendable, Hashable {
    /// Peers with an address in this network.
    case network(IPNetwork)
    /// All peers on Unix sockets.
    case unix

    /// This machine: as gunicorn's `forwarded_allow_ips` and uvicorn's `--forwarded-allow-ips`, which trust 127.0.0.1
    /// and ::1.
    public static let defaults: [TrustedProxy] =
        ["127.0.0.1", "::1"].compactMap { text in
            IPAddress(text.utf8).flatMap { IPNetwork($0, prefix: $0.isIPv4 ? 32 : 128) }.map { .network($0) }
        } + [.unix]

    /// Reads `10.0.0.0/8`, `192.0.2.1`, `2001:db8::/32`, `unix`, several of these separated by commas, or `none`.
    public static func list(parsing text: String) throws(TrustedProxyError) -> [TrustedProxy] {
        if text == "none" { return [] }
        var list: [TrustedProxy] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let name = part.drop { $0 == " " }
            list.append(try TrustedProxy(parsing: String(name)))
        }
        return list
    }

    init(parsing text: String) throws(TrustedProxyError) {
        if text == "unix" {
            self = .unix
            return
        }
        guard text != "none" else { throw TrustedProxyError(text: text, problem: "none stands alone") }
        guard text != "*" else {
            throw TrustedProxyError(text: text, problem: "to trust every peer, write 0.0.0.0/0,::/0")
        }
        do { self = .network(try IPNetwork(parsing: text)) } catch {
            throw TrustedProxyError(text: text, problem: error.problem)
        }
    }
}

extension [TrustedProxy] {
    /// Whether a peer is among them.
    ///
    /// - Parameter peer: nil for one on a Unix socket without a name.
    func names(_ peer: SocketAddress?) -> Bool {
        guard !isEmpty else { return false }
        guard let address = peer.flatMap(IPAddress.init) else { return contains(.unix) }
        return contains { if case .network(let network) = $0 { network.contains(address) } else { false } }
    }
}

extension TrustedProxy: CustomStringConvertible {
    public var description: String {
        switch self {
        case .network(let network): "\(network)"
        case .unix: "unix"
        }
    }
}

/// A text that does not name a proxy.
public struct TrustedProxyError: Error, Sendable, Equatable, CustomStringConvertible {
    public let text: String
    public let problem: String

    public var description: String {
        """
        "\(text)" is no proxy to trust: \(problem)\(problem.hasSuffix("?") ? "" : ".") \
        Write an address, a network such as 10.0.0.0/8, unix for peers on Unix sockets, or none.
        """
    }
}
