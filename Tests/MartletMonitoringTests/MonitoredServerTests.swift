import CoreMetrics
import Logging
import MartletMonitoring
import MartletServer
import Testing

@Suite struct MonitoredServerTests {
    @Test("What an application counts with swift-metrics stands beside the server's own")
    func ofTheApplication() async {
        MetricsRegistry.bootstrap()
        // Twice is no error: a program may have said it already.
        MetricsRegistry.bootstrap()
        Counter(label: "shop.orders", dimensions: [("kind", "book")]).increment(by: 3)
        let server = Server(configuration: ServerConfiguration(eventLoops: 1), logger: Logger(label: "test"))
        let text = Exposition.text.render(await MonitoredServer(server, version: "1.2.3").families())
        #expect(text.contains("\nshop_orders_total{kind=\"book\"} 3\n"))
        #expect(text.contains("\nmartlet_build_info{version=\"1.2.3\"} 1\n"))
        #expect(text.contains("\nmartlet_ready 1\n"))
        #expect(text.contains("\nprocess_open_fds "))
    }

    @Test(
        "Only this machine may look, unless somebody insists",
        arguments: [
            (.tcp(host: "127.0.0.1", port: 1), true), (.tcp(host: "127.8.9.1", port: 1), true),
            (.tcp(host: "::1", port: 1), true), (.tcp(host: "localhost", port: 1), true), (.unix(path: "/a"), true),
            (.tcp(host: "0.0.0.0", port: 1), false), (.tcp(host: "*", port: 1), false),
            (.tcp(host: "::", port: 1), false),
            (.tcp(host: "10.0.0.1", port: 1), false), (.tcp(host: "localhost.evil.test", port: 1), false),
            (.tcp(host: "127.0.0.1.evil.test", port: 1), false),
        ] as [(BindAddress, Bool)]
    )
    func places(_ address: BindAddress, _ isAllowed: Bool) {
        var monitoring = MonitoringConfiguration()
        monitoring.status = address
        #expect((monitoring.problem == nil) == isAllowed)
        monitoring.statusIsRemote = true
        #expect(monitoring.problem == nil)
    }
}
