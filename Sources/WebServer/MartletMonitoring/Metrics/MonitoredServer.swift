package import MartletServer

/// A server, and what else there is to say of its process.
package struct MonitoredServer: Sendable {
    let server: Server
    /// Of Martlet.
    let version: String
    /// What is told of what answers, beside what the server counts itself.
    let applications: @Sendable () async -> ApplicationReport

    package init(
        _ server: Server,
        version: String,
        applications: @escaping @Sendable () async -> ApplicationReport = { ApplicationReport() }
    ) {
        self.server = server
        self.version = version
        self.applications = applications
    }
}

/// What the applications of a server are doing at this moment, from whoever knows them.
package struct ApplicationReport: Sendable {
    package var families: [MetricFamily] = []
    /// For the status page, as JSON.
    package var pools: [any Encodable & Sendable] = []
    package var caches: [any Encodable & Sendable] = []
    package var upstreams: [any Encodable & Sendable] = []

    package init() {}
}
