import CoreMetrics
import MartletServer
import Synchronization

/// What an application counts. Any thread may count, and any other read.
protocol RegisteredMetric: AnyObject, Sendable {
    var kind: MetricFamily.Kind { get }
    /// Its present samples, with these labels.
    func write(_ labels: [MetricFamily.Label], to family: inout MetricFamily)
}

final class RegisteredCounter: RegisteredMetric, CounterHandler {
    private let value = Atomic<Int64>(0)

    var kind: MetricFamily.Kind { .counter }

    func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { value.store(0, ordering: .relaxed) }

    func write(_ labels: [MetricFamily.Label], to family: inout MetricFamily) {
        family.samples.append(.init(labels: labels, value: Double(value.load(ordering: .relaxed))))
    }
}

/// A number that is added to, or set: a meter, a gauge, a counter of fractions.
final class RegisteredNumber: RegisteredMetric, FloatingPointCounterHandler, MeterHandler, RecorderHandler {
    private let value = Mutex(0.0)

    var kind: MetricFamily.Kind { .gauge }

    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func reset() { set(0.0) }

    func write(_ labels: [MetricFamily.Label], to family: inout MetricFamily) {
        family.samples.append(.init(labels: labels, value: value.withLock { $0 }))
    }
}

/// Values of which the number and the sum are known: what buckets would fit, nobody but the application knows.
final class RegisteredSummary: RegisteredMetric, RecorderHandler {
    private let values = Mutex((count: 0.0, sum: 0.0))

    var kind: MetricFamily.Kind { .summary }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        values.withLock { values in
            values.count += 1
            values.sum += value
        }
    }

    func write(_ labels: [MetricFamily.Label], to family: inout MetricFamily) {
        let (count, sum) = values.withLock { $0 }
        family.samples.append(.init(suffix: "_sum", labels: labels, value: sum))
        family.samples.append(.init(suffix: "_count", labels: labels, value: count))
    }
}

final class RegisteredTimer: RegisteredMetric, TimerHandler {
    private let histogram = Mutex(LatencyHistogram())

    var kind: MetricFamily.Kind { .histogram }

    func recordNanoseconds(_ duration: Int64) { histogram.withLock { $0.add(nanoseconds: duration) } }

    func write(_ labels: [MetricFamily.Label], to family: inout MetricFamily) {
        family.add(histogram.withLock { $0 }, labels)
    }
}
