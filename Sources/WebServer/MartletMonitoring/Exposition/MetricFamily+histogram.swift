package import MartletServer

extension MetricFamily {
    /// A histogram: each bucket counts all that took at most its bound.
    package mutating func add(_ histogram: LatencyHistogram, _ labels: [Label]) {
        var sum: UInt64 = 0
        for (index, count) in histogram.counts.enumerated() {
            sum &+= count
            let bounds = LatencyHistogram.bounds
            let bound = index < bounds.count ? Exposition.number(bounds[index]) : "+Inf"
            samples.append(
                Sample(suffix: "_bucket", labels: labels + [Label(name: "le", value: bound)], value: Double(sum))
            )
        }
        samples.append(Sample(suffix: "_sum", labels: labels, value: histogram.seconds))
        samples.append(Sample(suffix: "_count", labels: labels, value: Double(sum)))
    }
}
