import Logging
import MartletFiles
import MartletGateway
import MartletProxy
import MartletServer
import NIOCore

/// Upstreams that requests are passed on to.
struct ProxyTarget: PreparedTarget {
    let configuration: ProxyConfiguration

    /// - Throws: ``TargetProblem`` for upstreams that do not go together, and certificates that cannot be used.
    init(_ configuration: ProxyConfiguration) throws(TargetProblem) {
        self.configuration = configuration
        let upstreams = configuration.upstreams
        guard let first = upstreams.first else {
            throw TargetProblem(key: "proxy", description: "proxy: it names no upstream")
        }
        if let other = upstreams.first(where: { $0.path != first.path }) {
            throw TargetProblem(
                key: "proxy",
                description:
                    "proxy: \(first) and \(other) have different paths; one that is asked in place of another gets the same path"
            )
        }
        let places = Dictionary(grouping: upstreams, by: \.name)
        if let twice = upstreams.first(where: { (places[$0.name]?.count ?? 0) > 1 }) {
            throw TargetProblem(
                key: "proxy",
                description: "proxy: \(twice.name) is there twice; to give it more, write weight=2 behind it"
            )
        }
        if upstreams.allSatisfy(\.isBackup) {
            throw TargetProblem(
                key: "proxy",
                description: "proxy: \(first) is a backup, but there is no other that it could stand in for"
            )
        }
        let needsName = upstreams.first { if case .service = $0.place { $0.scheme == .https } else { false } }
        if let needsName, configuration.serverName == nil, configuration.verifiesCertificates {
            throw TargetProblem(
                key: "tls-name",
                description:
                    "proxy: the servers of \(needsName) may have any name; say with tls-name which one their certificates have"
            )
        }
        for sent in configuration.sentFolders {
            guard let problem = FileApplication.problem(with: sent.folder) else { continue }
            throw TargetProblem(
                key: "send-files",
                description: "send-files: the folder \(sent.folder) cannot be used: \(problem)"
            )
        }
        if let root = configuration.root {
            if let other = upstreams.first(where: { $0.scheme != .fastcgi }) {
                throw TargetProblem(
                    key: "root",
                    description: "root: \(other) does not run scripts; those with fastcgi:// do"
                )
            }
            if let problem = FileApplication.problem(with: root) {
                throw TargetProblem(key: "root", description: "root: the folder \(root) cannot be used: \(problem)")
            }
        }
        if let problem = ProxyApplication.problem(with: configuration) {
            throw TargetProblem(key: "tls-ca", description: "tls-ca: \(problem)")
        }
    }

    var summary: String { "proxy to \(configuration.upstreams.map { "\($0)" }.joined(separator: ", "))" }

    var facts: [(title: String, text: String)] {
        let rows = ProxyConfiguration.settings
        func text(_ key: String) -> String { rows.first { $0.key == key }.map { $0.text(in: configuration) } ?? "" }
        var facts = [("Upstream", configuration.upstreams.map { "\($0)" }.joined(separator: ", "))]
        var parts: [String] = []
        if configuration.upstreams.count > 1 { parts.append(text("balance")) }
        parts.append("answer within \(text("answer-timeout"))")
        parts.append("host of the \(text("host"))")
        facts.append(("Passing on", parts.joined(separator: "; ")))
        return facts
    }

    func descriptors(eventLoops: Int) -> Int { ProxyApplication.descriptors(configuration, eventLoops: eventLoops) }
    var threads: Int { 2 }

    func start(on eventLoops: [any EventLoop], grace: Duration, logger: Logger) async throws -> any RunningTarget {
        try ProxyApplication(configuration, eventLoops: eventLoops, logger: logger)
    }
}

extension ProxyApplication: RunningTarget {
    func reload() async throws {}
    func reloadAndLog() async -> Bool { true }
    func status() async -> TargetStatus? { .proxy(upstreams) }
    func stop(grace: Duration) async { stop() }
}
