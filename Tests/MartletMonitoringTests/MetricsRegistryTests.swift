import CoreMetrics
import MartletMonitoring
import Testing

@Suite struct MetricsRegistryTests {
    private static func text(_ registry: MetricsRegistry, besides taken: Set<String> = []) -> [String] {
        Exposition.text.render(registry.families(besides: taken)).split(separator: "\n").map(String.init)
            .filter { !$0.hasPrefix("# HELP") }
    }

    @Test("What threads count at the same time adds up, also through several objects of one metric")
    func concurrency() async {
        let registry = MetricsRegistry()
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    let counter = Counter(label: "orders", dimensions: [("kind", "book")], factory: registry)
                    let timer = Timer(label: "db", dimensions: [], factory: registry)
                    let amount = FloatingPointCounter(label: "revenue", factory: registry)
                    for _ in 0..<1000 {
                        counter.increment()
                        timer.recordNanoseconds(1_000_000)
                        amount.increment(by: 0.5)
                    }
                }
                group.addTask { for _ in 0..<20 { _ = registry.families(besides: []) } }
            }
        }
        let lines = Self.text(registry)
        #expect(lines.contains("orders_total{kind=\"book\"} 8000"))
        #expect(lines.contains("db_seconds_count 8000"))
        #expect(lines.contains("db_seconds_sum 8"))
        #expect(lines.contains("revenue_total 4000"))
    }

    @Test("Each kind of metric is written as what it is")
    func kinds() {
        let registry = MetricsRegistry()
        Gauge(label: "temperature", factory: registry).record(21.5)
        Meter(label: "queue", factory: registry).set(3)
        let sizes = Recorder(label: "size", factory: registry)
        sizes.record(2)
        sizes.record(4)
        Counter(label: "done_total", factory: registry).increment(by: 2)
        #expect(
            Self.text(registry) == [
                "# TYPE done_total counter", "done_total 2", "# TYPE queue gauge", "queue 3", "# TYPE size summary",
                "size_sum 6", "size_count 2", "# TYPE temperature gauge", "temperature 21.5",
            ]
        )
    }

    @Test("Names become what Prometheus allows, and never one that is taken")
    func names() {
        let registry = MetricsRegistry()
        Counter(label: "my.app/hits-é", dimensions: [("a-b", "1"), ("a.b", "2"), ("le", "x")], factory: registry)
            .increment()
        Counter(label: "9lives", factory: registry).increment()
        Gauge(label: "same", factory: registry).record(1)
        Counter(label: "same", factory: registry).increment()
        Gauge(label: "martlet_ready", factory: registry).record(5)
        let lines = Self.text(registry, besides: ["martlet_ready"]).filter { !$0.hasPrefix("#") }
        #expect(
            lines == [
                "_9lives_total 1", "martlet_ready_gauge 5", "my_app_hits____total{a_b=\"1\"} 1", "same_total 1",
                "same_gauge 1",
            ]
        )
    }

    @Test("A metric that is destroyed is not told any more; one too many counts nothing")
    func bounds() {
        let registry = MetricsRegistry()
        let first = Counter(label: "gone", factory: registry)
        first.increment()
        first.destroy()
        #expect(Self.text(registry).isEmpty)
        for number in 0..<10_001 {
            Counter(label: "many", dimensions: [("user", "\(number)")], factory: registry).increment()
        }
        #expect(Self.text(registry).count == 10_001)
    }
}
