/// Where people and programs are told what the server is doing. All of it is off by default.
package struct MonitoringConfiguration: Sendable {
    /// Where Prometheus asks for metrics.
    package var metrics: BindAddress?
    /// Where people look at the status page.
    package var status: BindAddress?
    /// Whether the status page may be reachable from other machines.
    package var statusIsRemote = false

    package init() {}

    /// Why the status page cannot be where it was said to be; nil if it can.
    package var problem: String? {
        guard let status, status.isTCP, !status.isLoopback, !statusIsRemote else { return nil }
        return
            "\(status) can be reached from other machines, and the status page shows what clients ask for. Use 127.0.0.1 or a "
            + "Unix socket, or say 'status-remote = true' (--status-remote on)."
    }

    /// How many addresses that are.
    package var servers: Int { [metrics, status].compactMap(\.self).count - (isShared ? 1 : 0) }

    /// Whether both are told at one address. Port 0 is another one each time.
    package var isShared: Bool { metrics != nil && metrics == status && metrics?.port != 0 }

    /// Whether requests have to be counted.
    package var wantsNumbers: Bool { metrics != nil || status != nil }
}
