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
                There are names of sites and routes in them, and no addresses, paths or names of clients. See \
                [monitoring](../guides/monitoring.md).
                """,
            precedent: "Caddy metrics at admin localhost:2019, HAProxy prometheus-exporter"
        )
    ]
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
