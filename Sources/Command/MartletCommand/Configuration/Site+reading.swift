import MartletGateway
import MartletPolicies
import MartletServer
import MartletSettings
import MartletWSGI

/// Reading a site from a file.
///
/// * Which keys there are, and what they take, is in the tables of the settings; here is where they stand in a file.
/// * Paths are relative to the folder of the file.
/// * The order of keys and tables has no influence. Every problem is reported, not the first alone.
extension Site {
    /// - Parameters:
    ///   - root: the table that all of it is in: none, or `tool.martlet` of a pyproject.toml.
    ///   - folder: that of the file.
    /// - Throws: ``ConfigurationError``.
    init(_ text: ConfigurationText, in root: [String] = [], folder: String) throws(ConfigurationError) {
        let (site, problems) = try Site.read(text, in: root, folder: folder)
        if !problems.isEmpty { throw ConfigurationError(problems, in: text, hiding: site.secrets) }
        self = site
    }

    /// The same, with what is right in a file that is not.
    ///
    /// - Parameter listens: whether its addresses will be listened at.
    /// - Throws: ``ConfigurationError`` for a text that cannot be read.
    static func read(
        _ text: ConfigurationText,
        in root: [String],
        folder: String,
        listens: Bool = true
    ) throws(ConfigurationError) -> (Site, [ConfigurationProblem]) {
        let document = try ConfigurationDocument(text, folder: folder)
        guard let table = document.table(root) else {
            throw ConfigurationError(description: "\(text.name): there is no table [\(root.dotted)]\n")
        }
        var site = Site()
        site.source = .file
        site.read(table, document, listens: listens)
        site.origins = Origins(document, root: root)
        site.secrets = document.secrets
        return (site, document.problems)
    }

    private mutating func read(_ table: ConfigurationTable, _ document: ConfigurationDocument, listens: Bool) {
        let homes = SettingHomes(root: table.path)
        table.read(ServerConfiguration.settings, into: &server)
        table.read(LogConfiguration.settings, into: &log)
        table.read(TouchConfiguration.settings, into: &touch)
        if let problem = server.monitoring.problem {
            document.add(document.places.key(table.path + ["status"]), problem)
        }
        if let inner = table.inner("limits") {
            inner.read(Limits.settings, into: &server.limits)
            inner.refuseTheRest(elsewhere: homes.server.merging(homes.routes) { $1 })
        }
        policies = PolicySettings(reading: table, document, without: RouteLimits.key)
        acme.read(table, document)
        readHosts(table, document, homes)
        defaultHost.readRoutes(table, document, homes)
        readCommands(table, document, homes)
        defaultHost.tls = HostTLS(reading: table, document)
        readEncryption(document, table, listens: listens)
        for route in shareUser() {
            let place = route.places.settings["user"] ?? route.places.table
            document.add(place, "user: \(Self.userProblem(server.user ?? ""))")
        }
        shareUserWithCommands(document)
        if routes.isEmpty, !table.keys.contains("route") {
            let example = "[\((table.path + ["route", "/"]).dotted)] with wsgi = \"hello:app\" below it"
            document.add(document.places.key(table.path), "there is nothing to serve; write \(example)")
        }
        table.refuseTheRest(elsewhere: homes.merged(homes.limits, homes.routes))
    }

    private mutating func readHosts(
        _ table: ConfigurationTable,
        _ document: ConfigurationDocument,
        _ homes: SettingHomes
    ) {
        guard let inner = table.inner("site") else { return }
        for key in inner.keys {
            guard let own = inner.inner(key) else { continue }
            let host = Host(named: key, reading: own, document, homes)
            for (index, name) in host.names.enumerated() where !host.names[..<index].contains(name) {
                guard let other = hosts.first(where: { $0.names.contains(name) }) else { continue }
                let (first, second) = (min(other.place, host.place), max(other.place, host.place))
                document.add(second, "two sites have the name \(name); the other one is in line \(first.line)")
            }
            hosts.append(host)
        }
        // In the order of the file, not of the parser.
        hosts.sort { $0.place < $1.place }
    }
}

/// Which table a setting belongs in, for those who wrote it into another one.
struct SettingHomes {
    let server: [String: String]
    let limits: [String: String]
    /// Of the targets.
    let routes: [String: String]
    /// Of the policies; those that several have under the same key are left out.
    private let policies: [String: String]

    init(root: [String]) {
        let top = root.isEmpty ? "at the top of the file, before the first table" : "in [\(root.dotted)]"
        server = [
            Self.homes(ServerConfiguration.settings, top), Self.homes(LogConfiguration.settings, top),
            Self.homes(TouchConfiguration.settings, top),
        ]
        .reduce(into: [:]) { $0.merge($1) { $1 } }
        let own = "in the table of a route, such as [\((root + ["route", "/"]).dotted)]"
        routes = Dictionary(TargetKind.all.flatMap(\.keys).map { ($0, own) }, uniquingKeysWith: { $1 })
        // Those of addresses have the same words as others, and are looked for most.
        let known = PolicySettings.types.flatMap { Self.policies($0) }
        policies = Dictionary(grouping: known, by: \.key)
            .compactMapValues { $0.count == 1 || $0[0].key == "allow" ? $0[0].home : nil }
        let table = "in [\((root + ["limits"]).dotted)]"
        // By the flag: a key such as `body` says little elsewhere.
        limits = Dictionary(
            Limits.settings.map { ($0.name, $0.key == $0.name ? table : "\(table), as '\($0.key)'") },
            uniquingKeysWith: { $1 }
        )
    }

    /// The keys of some places, and of policies where they have no other place.
    func merged(_ homes: [String: String]...) -> [String: String] {
        homes.reduce(policies) { $0.merging($1) { $1 } }
    }

    private static func policies<Policy: PolicyConfiguration>(_: Policy.Type) -> [(key: String, home: String)] {
        Policy.settings.map { ($0.key, "in the table of \(Policy.key), such as [route.\"/\".\(Policy.key)]") }
    }

    private static func homes<Root>(_ settings: [Setting<Root>], _ home: String) -> [String: String] {
        Dictionary(settings.map { ($0.key, home) }, uniquingKeysWith: { $1 })
    }
}
