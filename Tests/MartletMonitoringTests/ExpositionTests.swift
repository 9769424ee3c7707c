import MartletMonitoring
import MartletServer
import Testing

@Suite struct ExpositionTests {
    @Test("Counters are told apart from others by their suffix; a family without samples is left out")
    func families() {
        var requests = MetricFamily("requests", .counter, "All of them.")
        requests.add(3, ["route": "/"])
        requests.add(UInt64(1) << 60, ["route": "/static"])
        var free = MetricFamily("free", .gauge, "Room.")
        free.add(0.25)
        let families = [requests, MetricFamily("none", .gauge, "Nothing."), free]
        #expect(
            Exposition.text.render(families) == """
                # HELP requests_total All of them.
                # TYPE requests_total counter
                requests_total{route="/"} 3
                requests_total{route="/static"} 1152921504606846976
                # HELP free Room.
                # TYPE free gauge
                free 0.25

                """
        )
        #expect(
            Exposition.openMetrics.render(families) == """
                # HELP requests All of them.
                # TYPE requests counter
                requests_total{route="/"} 3
                requests_total{route="/static"} 1152921504606846976
                # HELP free Room.
                # TYPE free gauge
                free 0.25
                # EOF

                """
        )
    }

    @Test(
        "Values of labels are escaped",
        arguments: [
            ("/a", "/a"), ("a\"b", "a\\\"b"), ("a\\b", "a\\\\b"), ("a\nb", "a\\nb"), ("ü{}=,", "ü{}=,"),
        ]
    )
    func labels(_ value: String, _ written: String) {
        var family = MetricFamily("x", .gauge, "a\\b\nc \"d\"")
        family.add(1, ["l": value])
        let head = "# HELP x a\\\\b\\nc \"d\"\n# TYPE x gauge\n"
        #expect(Exposition.text.render([family]) == head + "x{l=\"\(written)\"} 1\n")
    }

    @Test(
        "Numbers",
        arguments: [
            (1.0, "1"), (-2, "-2"), (0.1, "0.1"), (1e300, "1e+300"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
            (.nan, "NaN"),
        ]
    )
    func numbers(_ value: Double, _ written: String) {
        var family = MetricFamily("x", .gauge, "")
        family.add(value)
        #expect(Exposition.text.render([family]).hasSuffix("\nx \(written)\n"))
    }

    @Test("Each bucket of a histogram counts those below it too, and the last one all")
    func histogram() {
        var histogram = LatencyHistogram()
        for nanoseconds: Int64 in [0, 250_000, 250_001, 3_000_000_000, 900_000_000_000, -5] {
            histogram.add(nanoseconds: nanoseconds)
        }
        var family = MetricFamily("t_seconds", .histogram, "")
        family.add(histogram, [])
        let lines = Exposition.text.render([family]).split(separator: "\n").dropFirst(2)
        #expect(lines.first == "t_seconds_bucket{le=\"0.00025\"} 3")
        #expect(lines.contains("t_seconds_bucket{le=\"0.0005\"} 4"))
        #expect(lines.contains("t_seconds_bucket{le=\"2.5\"} 4"))
        #expect(lines.contains("t_seconds_bucket{le=\"5\"} 5"))
        #expect(lines.contains("t_seconds_bucket{le=\"60\"} 5"))
        #expect(
            lines.suffix(3) == ["t_seconds_bucket{le=\"+Inf\"} 6", "t_seconds_sum 903.000500001", "t_seconds_count 6"]
        )
    }

    @Test(
        "Who asks for OpenMetrics gets it",
        arguments: [
            (nil, false), ("*/*", false), ("text/plain;version=0.0.4;q=0.5,*/*;q=0.1", false),
            ("application/openmetrics-text;version=1.0.0;q=0.6,text/plain;q=0.5", true),
        ] as [(String?, Bool)]
    )
    func accept(_ field: String?, _ isOpen: Bool) {
        #expect(Exposition(accept: field).contentType.hasPrefix("application/openmetrics-text") == isOpen)
    }
}
