import MartletServer

/// The metrics of a server, in the order in which they are written.
extension MonitoredServer {
    package func families() async -> [MetricFamily] {
        let numbers = await server.numbers()
        var build = MetricFamily("martlet_build_info", .gauge, "Always 1; the labels say what is running.")
        build.add(1, ["version": version])
        var ready = MetricFamily("martlet_ready", .gauge, "Whether new requests are welcome.")
        ready.add(server.readiness.problem == nil ? 1 : 0)
        let own =
            [build, ready] + Self.requests(numbers) + Self.connections(numbers)
            + [Self.certificates(server.certificates.overview)] + (await applications()).families
            + ProcessNumbers().families
        return own + MetricsRegistry.shared.families(besides: Set(own.map(\.name)))
    }

    private static func requests(_ numbers: ServerNumbers) -> [MetricFamily] {
        var requests = MetricFamily("martlet_http_requests", .counter, "Answered requests.")
        var duration = MetricFamily(
            "martlet_http_request_duration_seconds",
            .histogram,
            "Time from a request's head to the end of its answer."
        )
        var inFlight = MetricFamily("martlet_http_requests_in_flight", .gauge, "Requests that are being answered.")
        var received = MetricFamily("martlet_http_request_body_bytes", .counter, "Bytes of request bodies.")
        var sent = MetricFamily("martlet_http_response_body_bytes", .counter, "Bytes of answers' bodies.")
        for (name, route) in numbers.used {
            let labels: KeyValuePairs = ["site": name.site, "route": name.route]
            for method in CountedMethod.allCases {
                for statusClass in 1...RouteNumbers.classes {
                    let count = route.answers(to: method, statusClass)
                    guard count > 0 else { continue }
                    requests.add(
                        count,
                        [
                            "site": name.site, "route": name.route, "method": method.name,
                            "status": "\(statusClass)xx",
                        ]
                    )
                }
            }
            duration.add(route.latency, labels.map { MetricFamily.Label(name: $0, value: $1) })
            inFlight.add(route.inFlight, labels)
            received.add(route.receivedBytes, labels)
            sent.add(route.sentBytes, labels)
        }
        return [requests, duration, inFlight, received, sent]
    }

    private static func connections(_ numbers: ServerNumbers) -> [MetricFamily] {
        var open = MetricFamily("martlet_connections", .gauge, "Open connections, by what they speak.")
        var accepted = MetricFamily("martlet_connections_accepted", .counter, "Connections that clients have made.")
        var refused = MetricFamily(
            "martlet_connections_refused",
            .counter,
            "Connections that were closed at once, as there was no room for them."
        )
        var handshakes = MetricFamily("martlet_tls_handshakes", .counter, "TLS handshakes that have ended.")
        for (address, listener) in numbers.listeners {
            let isSecure = address.hasPrefix("https:")
            for phase in ListenerNumbers.Phase.allCases where phase != .handshake || isSecure {
                open.add(listener[open: phase], ["listener": address, "protocol": phase.name])
            }
            accepted.add(listener.accepted, ["listener": address])
            refused.add(listener.refused, ["listener": address])
            guard isSecure else { continue }
            handshakes.add(listener.handshakes, ["listener": address, "result": "done"])
            handshakes.add(listener.failedHandshakes, ["listener": address, "result": "failed"])
        }
        return [open, accepted, refused, handshakes]
    }

    private static func certificates(_ certificates: [CertificateOverview]) -> MetricFamily {
        var family = MetricFamily(
            "martlet_certificate_not_after_seconds",
            .gauge,
            "When the certificate of a site expires, since 1970."
        )
        for certificate in certificates { family.add(certificate.notAfter, ["site": certificate.site]) }
        return family
    }
}
