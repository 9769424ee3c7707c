import MartletMonitoring
import MartletProxy

/// The upstreams of a route.
struct UpstreamReport: Encodable, Sendable {
    let site: String
    let route: String
    let status: ProxyStatus
}

extension ApplicationReport {
    /// Adds what upstreams do.
    mutating func add(_ reports: [UpstreamReport]) {
        guard !reports.isEmpty else { return }
        upstreams = reports
        var requests = MetricFamily("martlet_upstream_requests", .counter, "Requests that an upstream has got.")
        var failures = MetricFamily(
            "martlet_upstream_failures",
            .counter,
            "Requests that an upstream has not answered, or not whole."
        )
        var inFlight = MetricFamily("martlet_upstream_in_flight", .gauge, "Requests that an upstream has.")
        var connections = MetricFamily("martlet_upstream_connections", .gauge, "Open connections to an upstream.")
        var answers = MetricFamily("martlet_upstream_answers", .counter, "Answers that an upstream has begun.")
        var times = MetricFamily(
            "martlet_upstream_answer_seconds",
            .counter,
            "Seconds from requests to the beginning of their answers, in all; divided by the answers, the mean."
        )
        var lasts = MetricFamily(
            "martlet_upstream_last_failure_timestamp_seconds",
            .gauge,
            "When an upstream has failed last, in seconds since 1970; absent where it never has."
        )
        var states = MetricFamily("martlet_upstream_state", .gauge, "1 for the state that an upstream is in, else 0.")
        var waiting = MetricFamily("martlet_upstream_queue_requests", .gauge, "Requests that wait for an upstream.")
        for report in reports {
            let (site, route) = (report.site, report.route)
            waiting.add(report.status.waiting, ["site": site, "route": route])
            for upstream in report.status.upstreams {
                let labels: KeyValuePairs = ["site": site, "route": route, "upstream": upstream.url]
                requests.add(upstream.requests, labels)
                failures.add(upstream.failures, labels)
                inFlight.add(upstream.inFlight, labels)
                connections.add(upstream.connections, labels)
                answers.add(upstream.answers, labels)
                times.add(upstream.answerSeconds, labels)
                if let failure = upstream.lastFailure { lasts.add(failure.time, labels) }
                for state in UpstreamStatus.State.allCases {
                    states.add(
                        upstream.state == state ? 1 : 0,
                        ["site": site, "route": route, "upstream": upstream.url, "state": state.rawValue]
                    )
                }
            }
        }
        families += [requests, failures, inFlight, connections, answers, times, lasts, states, waiting].filter {
            !$0.samples.isEmpty
        }
    }
}
