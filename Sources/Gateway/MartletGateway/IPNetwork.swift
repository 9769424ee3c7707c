internal import MartletBytes

/// A range of addresses: `10.0.0.0/8`, `2001:db8::/32`.
public struct IPNetwork: Sendable, Hashable, CustomStringConvertible {
    package let base: IPAddress
    /// How many leading bits of 128 count.
    package let bits: Int

    /// - Parameter prefix: of 32 bits for IPv4, of 128 for IPv6.
    /// - Returns: nil for a prefix that is too long.
    package init?(_ address: IPAddress, prefix: Int) {
        let most = address.isIPv4 ? 32 : 128
        guard (0...most).contains(prefix) else { return nil }
        bits = prefix + 128 - most
        let highMask: UInt64 = bits >= 64 ? .max : ~(UInt64.max >> UInt64(bits))
        let lowMask: UInt64 = bits >= 128 ? .max : bits <= 64 ? 0 : ~(UInt64.max >> UInt64(bits - 64))
        base = IPAddress(high: address.high & highMask, low: address.low & lowMask)
    }

    package func contains(_ address: IPAddress) -> Bool {
        address.isIPv4 == base.isIPv4 && IPNetwork(address, prefix: prefix)?.base == base
    }

    private var prefix: Int { base.isIPv4 ? bits - 96 : bits }

    public var description: String { "\(base)/\(prefix)" }
}

// MARK: - Reading

extension IPNetwork {
    /// Reads `10.0.0.0/8`, `192.0.2.1`, `2001:db8::/32`.
    ///
    /// - Throws: ``IPNetworkError`` with the reason, to be put after a colon.
    package init(parsing text: String) throws(IPNetworkError) {
        guard !text.isEmpty else { throw IPNetworkError(problem: "it is empty") }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(first.utf8) else {
            throw IPNetworkError(problem: "it begins with no IPv4 or IPv6 address; host names are not looked up")
        }
        let most = address.isIPv4 ? 32 : 128
        // `::ffff:10.0.0.0/104` counts the bits of IPv6 (RFC 4291 section 2.3).
        let mapped = address.isIPv4 && first.contains(":") ? 96 : 0
        var prefix = most
        if parts.count == 2 {
            let digits = parts[1].utf8
            let range = mapped...(most + mapped)
            guard (1...3).contains(digits.count), let number = DecimalText.value(of: digits), range.contains(number)
            else {
                throw IPNetworkError(
                    problem: "the length of the prefix is a number from \(range.lowerBound) to \(range.upperBound)"
                )
            }
            prefix = number - mapped
        }
        guard let network = IPNetwork(address, prefix: prefix) else {
            throw IPNetworkError(problem: "it is no network")
        }
        guard network.base == address else {
            throw IPNetworkError(problem: "the address has bits beyond its prefix; did you mean \(network)?")
        }
        self = network
    }
}

/// Why a text is no network.
package struct IPNetworkError: Error, Equatable {
    package let problem: String
}
