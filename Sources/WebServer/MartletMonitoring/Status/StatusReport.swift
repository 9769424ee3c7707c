import Glibc
import MartletServer

/// What the status page is told.
struct StatusReport: Encodable {
    struct Total: Encodable {
        let requests: UInt64
        let errors: UInt64
    }

    struct Route: Encodable {
        let site: String
        let route: String
        let requests: UInt64
        let perSecond: Double
        let errorsPerSecond: Double
        let p50: Double?
        let p99: Double?
        let inFlight: Int
    }

    struct Listener: Encodable {
        let address: String
        let isSecure: Bool
        let open: Int
        let accepted: UInt64
        let refused: UInt64
        let failedHandshakes: UInt64
    }

    struct Certificate: Encodable {
        let site: String
        let names: String
        let notAfter: Int
    }

    struct Process: Encodable {
        let memory: Int
        let openFiles: Int
        let threads: Int
    }

    /// Of an application, in its own words.
    struct Part: Encodable {
        let part: any Encodable & Sendable

        func encode(to encoder: any Encoder) throws { try part.encode(to: encoder) }
    }

    let version: String
    let pid: Int32
    let uptimeSeconds: Double
    /// Why it is not ready.
    let problem: String?
    let total: Total
    let connections: Int
    let points: [NumberHistory.Point]
    let routes: [Route]
    let pools: [Part]
    let caches: [Part]
    let upstreams: [Part]
    let listeners: [Listener]
    let certificates: [Certificate]
    let process: Process
}

extension MonitoredServer {
    /// - Parameter time: the points of the history after this one, in milliseconds since 1970.
    func report(_ history: NumberHistory, since time: Int64) async -> StatusReport {
        let numbers = await server.numbers()
        let process = ProcessNumbers()
        let applications = await applications()
        return StatusReport(
            version: version,
            pid: getpid(),
            uptimeSeconds: max(0, Double(Glibc.time(nil)) - process.startSeconds),
            problem: server.readiness.problem,
            total: .init(requests: numbers.total.total, errors: numbers.total.serverErrors),
            connections: numbers.openConnections,
            points: history.points(since: time),
            routes: Self.routes(numbers, history),
            pools: applications.pools.map { StatusReport.Part(part: $0) },
            caches: applications.caches.map { StatusReport.Part(part: $0) },
            upstreams: applications.upstreams.map { StatusReport.Part(part: $0) },
            listeners: numbers.listeners.map { StatusReport.Listener($0, $1) },
            certificates: server.certificates.overview.map {
                StatusReport.Certificate(site: $0.site, names: $0.names, notAfter: $0.notAfter)
            },
            process: .init(
                memory: process.residentBytes,
                openFiles: process.openFiles,
                threads: process.threads
            )
        )
    }

    private static func routes(_ numbers: ServerNumbers, _ history: NumberHistory) -> [StatusReport.Route] {
        let (former, ago) = history.before
        let seconds = max(ago / .seconds(1), 0.001)
        return zip(numbers.names, numbers.routes).enumerated().compactMap { index, route in
            let (name, now) = route
            guard now.total > 0 || now.inFlight > 0 else { return nil }
            let before = index < former.routes.count ? former.routes[index] : RouteNumbers()
            let latency = now.latency.since(before.latency)
            return StatusReport.Route(
                site: name.site,
                route: name.route,
                requests: now.total,
                perSecond: Double(now.total &- before.total) / seconds,
                errorsPerSecond: Double(now.serverErrors &- before.serverErrors) / seconds,
                p50: latency.quantile(0.5),
                p99: latency.quantile(0.99),
                inFlight: now.inFlight
            )
        }
        .sorted { $0.perSecond > $1.perSecond }
    }
}

extension StatusReport.Listener {
    fileprivate init(_ address: String, _ numbers: ListenerNumbers) {
        self.address = address
        isSecure = address.hasPrefix("https:")
        open = ListenerNumbers.Phase.allCases.reduce(0) { $0 + numbers[open: $1] }
        accepted = numbers.accepted
        refused = numbers.refused
        failedHandshakes = numbers.failedHandshakes
    }
}
