/// One metric with all its series, in the terms of Prometheus.
package struct MetricFamily: Sendable {
    package enum Kind: String, Sendable {
        case counter, gauge, histogram, summary
    }

    package struct Sample: Sendable {
        /// What stands behind the family's name: `_bucket`, `_sum`, `_count`. The `_total` of counters is added by itself.
        var suffix = ""
        var labels: [Label] = []
        let value: Double
    }

    package struct Label: Sendable, Hashable {
        let name: String
        let value: String
    }

    /// Without the `_total` of counters.
    let name: String
    let kind: Kind
    let help: String
    package var samples: [Sample] = []

    package init(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        self.kind = kind
        self.help = help
    }

    package mutating func add(_ value: Double, _ labels: KeyValuePairs<String, String> = [:]) {
        samples.append(Sample(labels: labels.map { Label(name: $0, value: $1) }, value: value))
    }

    package mutating func add(_ value: UInt64, _ labels: KeyValuePairs<String, String> = [:]) {
        add(Double(value), labels)
    }

    package mutating func add(_ value: Int, _ labels: KeyValuePairs<String, String> = [:]) {
        add(Double(value), labels)
    }
}
