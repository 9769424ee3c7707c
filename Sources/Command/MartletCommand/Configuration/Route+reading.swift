import MartletCGIScripts
import MartletFiles
import MartletFolders
import MartletGateway
import MartletProxy
import MartletServer
import MartletSettings
import MartletWSGI

extension Route {
    /// Nil where nothing says what answers, which the document knows then.
    init?(
        host: String?,
        path: MountPath,
        reading table: ConfigurationTable,
        _ document: ConfigurationDocument,
        _ homes: SettingHomes
    ) {
        let place = document.places.key(table.path)
        policies = PolicySettings(reading: table, document)
        let kinds = TargetKind.all.filter { table.keys.contains($0.key) }
        guard let kind = kinds.first else {
            let all = TargetKind.all.map(\.key)
            document.add(
                place,
                "nothing says what answers at \(path): one of \(all.joined(separator: ", ")), as in wsgi = \"hello:app\""
            )
            table.tolerate(TargetKind.all.flatMap(\.keys))
            table.refuseTheRest(elsewhere: homes.merged(homes.server, homes.limits))
            return nil
        }
        if kinds.count > 1 {
            let names = kinds.map(\.key).joined(separator: " and ")
            document.add(place, "one thing alone can answer at \(path), but there are \(names)")
        }
        self.host = host
        self.path = path
        target = kind.read(table, document)
        places = RoutePlaces(table: place, path: table.path)
        for key in kind.keys { places.settings[key] = document.places.place(of: table.path + [key]) }
        if kinds.count > 1 { table.tolerate(TargetKind.all.flatMap(\.keys)) }
        table.refuseTheRest(elsewhere: homes.merged(homes.server, homes.limits, kind.homesOfOthers))
    }
}

/// What a route can name, by the key that asks for it: the first of its settings.
struct TargetKind: Sendable {
    let key: String
    /// All of its settings.
    let keys: [String]
    let read: @Sendable (ConfigurationTable, ConfigurationDocument) -> Target

    static let all: [TargetKind] = [
        TargetKind(PythonConfiguration.self) { .wsgi(PythonConfiguration(reading: $0, $1)) },
        TargetKind(FilesConfiguration.self) { table, _ in .files(table.value()) },
        TargetKind(ScriptsConfiguration.self) { table, _ in .cgi(table.value()) },
        TargetKind(RedirectConfiguration.self) { table, _ in .redirect(table.value()) },
        TargetKind(FixedResponse.self) { table, _ in .respond(table.value()) },
        TargetKind(SwiftConfiguration.self) { table, document in
            var swift: SwiftConfiguration = table.value()
            swift.program = FolderRoot.absolute(swift.program)
            if swift.directory == nil { swift.directory = document.folder }
            return .swift(swift)
        },
        TargetKind(ProxyConfiguration.self) { table, _ in .proxy(table.value()) },
    ]

    private init<Root: Configurable>(
        _: Root.Type,
        read: @escaping @Sendable (ConfigurationTable, ConfigurationDocument) -> Target
    ) {
        keys = Root.settings.map(\.key)
        key = keys.first ?? ""
        self.read = read
    }

    /// The settings of the other kinds, for those who wrote one into a route of this kind.
    fileprivate var homesOfOthers: [String: String] {
        let others = Self.all.filter { $0.key != key }.flatMap { kind in kind.keys.map { ($0, kind.key) } }
        return Dictionary(others, uniquingKeysWith: { "\($0) or \($1)" })
            .filter { !keys.contains($0.key) }
            .mapValues { "in a route with \($0)" }
    }
}

extension ConfigurationTable {
    /// The defaults of a kind of settings, with what this table says.
    fileprivate func value<Root: Configurable>() -> Root {
        var root = Root.defaults
        read(Root.settings, into: &root)
        return root
    }
}
