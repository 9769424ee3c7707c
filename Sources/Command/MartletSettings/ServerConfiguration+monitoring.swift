import MartletServer

/// The settings of who is told what the server is doing.
extension ServerConfiguration {
    static let monitoringSettings: [Setting<ServerConfiguration>] = [
        Setting(
            "metrics",
            \.monitoring.metrics,
            .localAddress,
            "Where Prometheus asks for metrics, with `GET /metrics`",
            details: """
                They name sites, routes and listeners, and nothing of clients. See [monitoring](../guides/monitoring.md).
                """,
            precedent: "Caddy metrics at admin localhost:2019, HAProxy prometheus-exporter"
        ),
        Setting(
            "status",
            \.monitoring.status,
            .localAddress,
            "Where people look at the status page; the metrics are there as well",
            details: """
                For this machine: requests per second, latency, workers with what they are doing, queues, certificates. A TCP address \
                that others can reach is refused without `status-remote`.
                """,
            precedent: "Traefik dashboard 127.0.0.1:8080, HAProxy stats, uWSGI --stats 127.0.0.1:9191",
            elsewhere: ["--stats": ""]
        ),
        Setting(
            "status-remote",
            \.monitoring.statusIsRemote,
            .onOff,
            "Whether the status page may be at an address that other machines can reach",
            details: "Then something in front has to ask who looks: it shows what clients ask for.",
            precedent: "Traefik api.insecure"
        ),
        Setting(
            "health",
            \.healthPath,
            .text(
                "path",
                accepts: "`off`, or a path such as `/healthz`",
                read: { try healthPath($0) },
                write: { $0 ?? "off" }
            ),
            "Where load balancers ask whether the server is ready: 200, or 503 while it is not",
            details: """
                Of every name, before routes, redirects and certificates count, and not in the access log. It is not ready once \
                it was told to stop, and while an application has no worker. The addresses of `metrics` and `status` answer at \
                `/healthz` in any case, with the reason.
                """,
            precedent: "Traefik ping /ping, Envoy /ready"
        ),
        Setting(
            "shutdown-delay",
            \.shutdownDelay,
            .duration(.zero ... .seconds(3600)),
            "How long it serves on after it was told to stop, with 503 for those who ask whether it is ready",
            details:
                "Longer than a load balancer needs to see that. A second signal ends the wait. `grace` counts from its end.",
            precedent: "Caddy shutdown_delay"
        ),
    ]

    private static func healthPath(_ text: String) throws(SettingError) -> String? {
        if text == "off" { return nil }
        guard text.hasPrefix("/"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3F && $0 != 0x23 }) else {
            throw SettingError(description: "a path begins with a slash and has no query, such as /healthz")
        }
        return text
    }
}

extension SettingKind where Value == BindAddress? {
    /// An address that is meant for this machine.
    fileprivate static var localAddress: Self {
        Self.text(
            "address",
            accepts: "`off`, `HOST:PORT`, `PORT` for this machine, `unix:PATH`",
            read: { text in text == "off" ? nil : try BindAddress(parsing: text) },
            write: { $0.map { "\($0)" } ?? "off" }
        )
        .relative { text, folder in ListenAddress.relative(text) { FileSystem.join(folder, $0) } }
    }
}
