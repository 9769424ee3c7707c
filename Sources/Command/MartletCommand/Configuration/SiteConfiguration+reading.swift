import MartletGateway
import MartletServer
import MartletWSGI

/// Reading a site from a file.
///
/// * Paths are relative to the folder of the file.
/// * The order of keys and tables has no influence. Every problem is reported, not the first alone.
extension SiteConfiguration {
    /// - Parameters:
    ///   - root: the table that all of it is in: none, or `tool.martlet` of a pyproject.toml.
    ///   - folder: that of the file.
    /// - Throws: ``ConfigurationError``.
    init(_ text: ConfigurationText, in root: [String] = [], folder: String) throws(ConfigurationError) {
        let document = try ConfigurationDocument(text)
        guard let table = document.table(root) else {
            throw ConfigurationError(description: "\(text.name): there is no table [\(root.dotted)]\n")
        }
        self.init()
        read(table, document, folder)
        try document.throwProblems()
    }

    private mutating func read(_ table: ConfigurationTable, _ document: ConfigurationDocument, _ folder: String) {
        readServer(table, document, folder)
        let homes = SettingHomes(root: table.path)
        if let inner = table.inner("limits") {
            for limit in Setting.limits { inner.value(CommandSetting(limit))??.apply(to: &limits) }
            inner.refuseTheRest(elsewhere: homes.server.merging(homes.application) { $1 })
        }
        readApplications(table, document, folder, homes)
        table.refuseTheRest(elsewhere: homes.limits.merging(homes.application) { $1 })
    }

    private mutating func readServer(_ table: ConfigurationTable, _ document: ConfigurationDocument, _ folder: String) {
        if let addresses = table.values(Settings.bind, prepare: { Self.socket($0, in: folder) }) {
            var seen: [BindAddress: TextPlace] = [:]
            for (address, place) in addresses where !address.isAnyPort {
                if let other = seen.updateValue(place, forKey: address) {
                    document.add(place, "\(address) is there twice; the other one is in line \(other.line)")
                }
            }
            self.addresses = addresses.map(\.0)
        }
        let isWord = { (text: String) in ["-", "off", ""].contains(text) }
        if let target = table.value(Settings.accessLog, prepare: { isWord($0) ? $0 : Folder.join(folder, $0) }) {
            accessLog = target
        }
        if let format = table.value(Settings.accessLogFormat) { accessLogFormat = format }
        if let networks = table.values(Settings.trustedProxies) {
            if networks.count > 1, let none = networks.first(where: { $0.0.isEmpty }) {
                document.add(none.1, "\(Settings.trustedProxies.key): 'none' stands alone; leave it out, or the others")
            }
            trustedProxies = networks.flatMap(\.0)
        }
        if let level = table.value(Settings.logLevel) { logLevel = level }
    }

    private static func socket(_ text: String, in folder: String) -> String {
        let path = text.dropFirst(5)
        return text.hasPrefix("unix:") && !path.isEmpty ? "unix:" + Folder.join(folder, String(path)) : text
    }
}

// MARK: - Applications

extension SiteConfiguration {
    private mutating func readApplications(
        _ table: ConfigurationTable,
        _ document: ConfigurationDocument,
        _ folder: String,
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
                let application = own.application(at: try MountPath(parsing: key), document, folder, homes)
                if let other = applications.first(where: { $0.path == application.path }) {
                    let (first, second) = (min(other.place, place), max(other.place, place))
                    document.add(
                        second,
                        "the path \(other.path) has two applications; the other one is in line \(first.line)"
                    )
                }
                applications.append(application)
            } catch {
                document.add(place, "\(error)")
            }
        }
    }
}

extension ConfigurationTable {
    fileprivate func application(
        at path: MountPath,
        _ document: ConfigurationDocument,
        _ folder: String,
        _ homes: SettingHomes
    ) -> SiteApplication {
        var python = Settings.pool
        let named: String?? = value(Settings.directory, prepare: { $0.isEmpty ? $0 : Folder.join(folder, $0) })
        let directory = named.flatMap { $0 } ?? folder
        python.directory = directory
        if let name = value(Settings.application) { python.application = name }
        // A name without a slash is looked up in PATH.
        if let path = value(Settings.python, prepare: { $0.contains("/") ? Folder.join(folder, $0) : $0 }) {
            python.python = path
        }
        if let number = value(Settings.workers) { python.workers = number }
        if let number = value(Settings.threads) { python.threads = number }
        if let variables = pairs(Settings.environment) { python.environment = variables }
        if let user = value(Settings.user) { python.user = user }
        if let time = value(Settings.startTimeout) { python.startTimeout = time }
        if let time = value(Settings.requestTimeout) { python.requestTimeout = time }
        if let time = value(Settings.queueTimeout) { python.queueTimeout = time }
        if let time = value(Settings.slowRequest) { python.slowRequest = time }
        if let number = value(Settings.maximumRequests) { python.maximumRequests = number }
        if let time = value(Settings.maximumLifetime) { python.maximumLifetime = time }
        if let size = value(Settings.maximumMemory) { python.maximumMemory = size }
        if let isWanted = value(Settings.preload) { python.preload = isWanted }
        if let isWanted = value(Settings.reload) { python.reloadsOnChange = isWanted }
        if let isWanted = value(Settings.allowUnderscores) { python.allowsUnderscores = isWanted }
        refuseTheRest(elsewhere: homes.limits.merging(homes.server) { $1 })
        let places = document.places
        let place = places.key(self.path)
        check(python.application, in: directory, document)
        return SiteApplication(
            path: path,
            python: python,
            place: place,
            pythonPlace: places.place(of: self.path + [Settings.python.key]),
            userPlace: places.place(of: self.path + [Settings.user.key])
        )
    }

    private func check(_ application: String, in directory: String, _ document: ConfigurationDocument) {
        let key = Settings.application.key
        guard keys.contains(key) else {
            return document.add(
                document.places.key(path),
                "\(key) is missing: say which application it is, as in \(key) = \"hello:app\""
            )
        }
        guard !application.isEmpty else { return }
        do {
            try ApplicationName(parsing: application).check(in: directory)
        } catch {
            document.add(document.places.place(of: path + [key]), "\(key): \(error)")
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
        let limitTable = "in [\((root + ["limits"]).dotted)]"
        let own = "in the table of an application, such as [\((root + ["app", "/"]).dotted)]"
        server = Dictionary(
            [
                Settings.bind.key, Settings.accessLog.key, Settings.accessLogFormat.key, Settings.trustedProxies.key,
                Settings.logLevel.key,
            ]
            .map { ($0, top) },
            uniquingKeysWith: { $1 }
        )
        limits = Dictionary(
            Setting.limits.map { limit in
                let key = CommandSetting(limit).key
                return (limit.name, key == limit.name ? limitTable : "\(limitTable), as '\(key)'")
            },
            uniquingKeysWith: { $1 }
        )
        application = Dictionary(
            [
                Settings.application.key, Settings.directory.key, Settings.python.key, Settings.workers.key,
                Settings.threads.key, Settings.environment.key, Settings.user.key, Settings.startTimeout.key,
                Settings.requestTimeout.key, Settings.queueTimeout.key, Settings.slowRequest.key,
                Settings.maximumRequests.key,
                Settings.maximumLifetime.key, Settings.maximumMemory.key, Settings.preload.key, Settings.reload.key,
                Settings.allowUnderscores.key,
            ]
            .map { ($0, own) },
            uniquingKeysWith: { $1 }
        )
    }
}
