package import CoreMetrics
import MartletServer
import Synchronization

/// The metrics of an application that uses swift-metrics, for the same page as the server's own.
///
/// The rules:
///
/// 1. A metric of the same label and dimensions is the same object, so that what several parts of an application count adds up.
/// 2. The number of series is bounded: an application that makes a label of what clients send must not fill the memory.
///    What comes after ``most`` counts nothing.
/// 3. Names and labels are made what Prometheus allows when they are read, not when they are counted.
package final class MetricsRegistry: MetricsFactory {
    /// As many series as Prometheus's own advice calls the most that one metric should have.
    private static let most = 10_000

    struct Key: Hashable {
        let label: String
        let dimensions: [MetricFamily.Label]
        let kind: Kind
    }

    enum Kind: Hashable {
        case counter, floatingPointCounter, meter, recorder, gauge, timer
    }

    /// For this process: swift-metrics has one factory for all of it.
    package static let shared = MetricsRegistry()

    private let metrics = Mutex<[Key: any RegisteredMetric]>([:])

    package init() {}

    /// Has the metrics of this process counted here, unless its application has chosen somebody else for that.
    package static func bootstrap() {
        guard MetricsSystem.factory is NOOPMetricsHandler else { return }
        MetricsSystem.bootstrap(shared)
    }

    private func metric<Metric: RegisteredMetric>(
        _ kind: Kind,
        _ label: String,
        _ dimensions: [(String, String)],
        _ make: () -> Metric
    ) -> Metric? {
        let dimensions = dimensions.map { MetricFamily.Label(name: $0, value: $1) }
        let key = Key(label: label, dimensions: dimensions, kind: kind)
        return metrics.withLock { metrics in
            if let known = metrics[key] { return known as? Metric }
            guard metrics.count < Self.most else { return nil }
            let metric = make()
            metrics[key] = metric
            return metric
        }
    }

    private func remove(_ handler: AnyObject) {
        metrics.withLock { metrics in
            guard let key = metrics.first(where: { $0.value === handler })?.key else { return }
            metrics[key] = nil
        }
    }

    var all: [(key: Key, metric: any RegisteredMetric)] {
        metrics.withLock { $0.map { ($0.key, $0.value) } }
    }
}

extension MetricsRegistry {
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        metric(.counter, label, dimensions) { RegisteredCounter() } ?? NOOPMetricsHandler.instance
    }

    package func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        metric(.floatingPointCounter, label, dimensions) { RegisteredNumber() } ?? NOOPMetricsHandler.instance
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        metric(.meter, label, dimensions) { RegisteredNumber() } ?? NOOPMetricsHandler.instance
    }

    package func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        // One that does not aggregate is a gauge: its last value is the one that counts.
        if aggregate {
            return metric(.recorder, label, dimensions) { RegisteredSummary() } ?? NOOPMetricsHandler.instance
        }
        return metric(.gauge, label, dimensions) { RegisteredNumber() } ?? NOOPMetricsHandler.instance
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        metric(.timer, label, dimensions) { RegisteredTimer() } ?? NOOPMetricsHandler.instance
    }

    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }
}
