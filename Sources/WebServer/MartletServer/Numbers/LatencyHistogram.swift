/// How long things took, in buckets.
package struct LatencyHistogram: Sendable, Equatable {
    /// The upper bounds, in seconds. Those of Prometheus's client libraries (5 ms to 10 s), finer below for answers of the server
    /// itself, and up to the minute after which proxies give up.
    package static let bounds: [Double] = [
        0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]
    private static let limits = bounds.map { Int64(($0 * 1e9).rounded()) }

    /// One for each bound, and one for what took longer.
    package private(set) var counts = [UInt64](repeating: 0, count: bounds.count + 1)
    package private(set) var nanoseconds: UInt64 = 0

    package init() {}

    package mutating func add(nanoseconds taken: Int64) {
        var bucket = 0
        while bucket < Self.limits.count, taken > Self.limits[bucket] { bucket &+= 1 }
        counts[bucket] &+= 1
        nanoseconds &+= UInt64(max(0, taken))
    }

    package mutating func add(_ other: LatencyHistogram) {
        for bucket in counts.indices { counts[bucket] &+= other.counts[bucket] }
        nanoseconds &+= other.nanoseconds
    }

    /// What has come since an earlier look at the same histogram.
    package func since(_ earlier: LatencyHistogram) -> LatencyHistogram {
        var difference = self
        for bucket in counts.indices { difference.counts[bucket] &-= min(earlier.counts[bucket], counts[bucket]) }
        difference.nanoseconds &-= min(earlier.nanoseconds, nanoseconds)
        return difference
    }

    package var count: UInt64 { counts.reduce(0, &+) }
    package var seconds: Double { Double(nanoseconds) / 1e9 }

    /// The time that a share of them stayed below, as Prometheus's `histogram_quantile` estimates it: evenly spread within a
    /// bucket. Nil if there were none.
    package func quantile(_ share: Double) -> Double? {
        let rank = share * Double(count)
        guard rank > 0 else { return nil }
        var below = 0.0
        for (bucket, bound) in Self.bounds.enumerated() {
            let inside = Double(counts[bucket])
            if inside > 0, below + inside >= rank {
                let start = bucket == 0 ? 0 : Self.bounds[bucket - 1]
                return start + (bound - start) * (rank - below) / inside
            }
            below += inside
        }
        return Self.bounds.last
    }
}
