import MartletAttached
import MartletServer
import MartletSettings

/// Reading `[command."celery"]`.
extension Site {
    mutating func readCommands(
        _ table: ConfigurationTable,
        _ document: ConfigurationDocument,
        _ homes: SettingHomes
    ) {
        guard let inner = table.inner("command") else { return }
        for key in inner.keys {
            guard let own = inner.inner(key) else { continue }
            let table = document.places.table(own.path)
            var places = RoutePlaces(table: table, path: own.path)
            var command = AttachedCommand()
            command.name = key
            command.directory = document.folder
            own.read(AttachedCommand.settings, into: &command)
            for setting in AttachedCommand.settings {
                places.settings[setting.key] = document.places.place(of: own.path + [setting.key])
            }
            if !own.keys.contains("run") {
                document.add(table, "nothing says what is run; write run = \"celery -A shop worker\"")
            }
            own.refuseTheRest(elsewhere: homes.merged(homes.server, homes.limits, homes.routes))
            commands.append(SiteCommand(command: command, places: places))
        }
        // In the order of the file, not of the parser.
        commands.sort { $0.places.table < $1.places.table }
    }

    /// Gives the user of the server to the commands that name none, and refuses another one.
    mutating func shareUserWithCommands(_ document: ConfigurationDocument) {
        guard let user = server.user else { return }
        for index in commands.indices {
            let own = commands[index].command.user
            if own == nil { commands[index].command.user = user }
            guard let own, own != user else { continue }
            document.add(commands[index].place(of: "user"), "user: \(Self.userProblem(user))")
        }
    }
}
