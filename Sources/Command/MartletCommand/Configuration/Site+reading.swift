import MartletGateway
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
        let document = try ConfigurationDocument(text, folder: folder)
        guard let table = document.table(root) else {
            throw ConfigurationError(description: "\(text.name): there is no table [\(root.dotted)]\n")
        }
        self.init()
        source = .file
        read(table, document)
        try document.throwProblems()
    }

    private mutating func read(_ table: ConfigurationTable, _ document: ConfigurationDocument) {
        let homes = SettingHomes(root: table.path)
        table.read(ServerConfiguration.settings, into: &server)
        table.read(LogConfiguration.settings, into: &log)
        if let inner = table.inner("limits") {
            inner.read(Limits.settings, into: &server.limits)
            inner.refuseTheRest(elsewhere: homes.server.merging(homes.application) { $1 })
        }
        readRoutes(table, document, homes)
        table.refuseTheRest(elsewhere: homes.limits.merging(homes.application) { $1 })
    }
}

// MARK: - Routes

extension Site {
    private mutating func readRoutes(
        _ table: ConfigurationTable,
        _ document: ConfigurationDocument,
        _ homes: SettingHomes
    ) {
        let path = (table.path + ["app"]).dotted
        let example = "[\(path).\"/\"] with wsgi = \"hello:app\" below it"
        guard let inner = table.inner("app"), !inner.keys.isEmpty else {
            if table.keys.contains("app") == false {
                document.add(document.places.key(table.path), "there is no application; write \(example)")
            }
            return
        }
        for key in inner.keys {
            let place = document.places.key(inner.path + [key])
            guard key.hasPrefix("/") else {
                document.add(
                    place,
                    "'\(key)' is not the path of an application, which begins with a slash; write \(example)"
                )
                continue
            }
            guard let own = inner.inner(key) else { continue }
            do throws(MountPathError) {
                add(Route(path: try MountPath(parsing: key), reading: own, document), document)
                own.refuseTheRest(elsewhere: homes.limits.merging(homes.server) { $1 })
            } catch {
                document.add(place, "\(error)")
            }
        }
    }

    private mutating func add(_ route: Route, _ document: ConfigurationDocument) {
        if let other = routes.first(where: { $0.path == route.path }) {
            let (first, second) = (
                min(other.places.table, route.places.table), max(other.places.table, route.places.table)
            )
            document.add(
                second,
                "the path \(other.path) has two applications; the other one is in line \(first.line)"
            )
        }
        defaultHost.routes.append(route)
    }
}

extension Route {
    fileprivate init(path: MountPath, reading table: ConfigurationTable, _ document: ConfigurationDocument) {
        self.path = path
        target = .wsgi(PythonConfiguration(reading: table, document))
        places.table = document.places.key(table.path)
        for setting in PythonConfiguration.settings {
            places.settings[setting.key] = document.places.place(of: table.path + [setting.key])
        }
    }
}

extension PythonConfiguration {
    private static let applicationKey = settings.first { $0.path == \PythonConfiguration.application }?.key ?? ""

    fileprivate init(reading table: ConfigurationTable, _ document: ConfigurationDocument) {
        self = .defaults
        names = .keys
        directory = document.folder
        table.read(Self.settings, into: &self)
        let key = Self.applicationKey
        guard table.keys.contains(key) else {
            let example = names.assignment(\.application, "hello:app")
            let message = "\(key) is missing: say which application it is, as in \(example)"
            document.add(document.places.key(table.path), message)
            return
        }
        guard !application.isEmpty else { return }
        do {
            try ApplicationName(parsing: application).check(in: directory ?? ".")
        } catch {
            document.add(document.places.place(of: table.path + [key]), "\(key): \(error)")
        }
    }
}

/// Which table a setting belongs in, for those who wrote it into another one.
private struct SettingHomes {
    let server: [String: String]
    let limits: [String: String]
    let application: [String: String]

    init(root: [String]) {
        let top = root.isEmpty ? "at the top of the file, before the first table" : "in [\(root.dotted)]"
        server = Self.homes(ServerConfiguration.settings, top).merging(Self.homes(LogConfiguration.settings, top)) {
            $1
        }
        let own = "in the table of an application, such as [\((root + ["app", "/"]).dotted)]"
        application = Self.homes(PythonConfiguration.settings, own)
        let table = "in [\((root + ["limits"]).dotted)]"
        // By the flag: a key such as `body` says little elsewhere.
        limits = Dictionary(
            Limits.settings.map { ($0.name, $0.key == $0.name ? table : "\(table), as '\($0.key)'") },
            uniquingKeysWith: { $1 }
        )
    }

    private static func homes<Root>(_ settings: [Setting<Root>], _ home: String) -> [String: String] {
        Dictionary(settings.map { ($0.key, home) }, uniquingKeysWith: { $1 })
    }
}
