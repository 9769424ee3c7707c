/// A uWSGI configuration while it becomes one of Martlet's.
///
/// What belongs together is gathered first: the application is made of up to three options, and every application of the file has the
/// same settings.
struct UWSGITranslation {
    struct Named {
        let text: String
        let origin: String
    }

    struct Command {
        let run: String
        var schedule: String?
        var directory: String?
        var user: String?
        var limit: SketchValue?
        let origin: String
    }

    var sketch = SiteSketch()
    var notes: [ImportNote] = []
    let place: PathPlace

    /// `module`, or `wsgi-file`.
    var module: Named?
    var callable: Named?
    var mounts: [(path: String, application: Named)] = []
    /// Of every application.
    var settings: [(key: String, value: SketchValue, origin: String)] = []
    var environment: [(name: String, text: String, origin: String)] = []
    var pythonPath: [Named] = []
    /// The file of `logto` and its like, and what is said of it.
    var log: (path: String, option: UWSGIOption)?
    /// `disable-logging`
    var withoutLog: UWSGIOption?
    var commands: [Command] = []
    var user: Named?
    var group: Named?

    init(place: PathPlace) { self.place = place }

    mutating func setOfApplication(_ key: String, _ value: SketchValue, _ option: UWSGIOption) {
        settings.removeAll { $0.key == key }
        settings.append((key, value, option.origin))
    }

    /// Every application and every command has a table with all variables: what nobody writes is not multiplied.
    static let most = (variables: 500, tables: 50)

    mutating func addMount(_ path: String, _ application: Named) throws(NotTaken) {
        mounts.removeAll { $0.path == path }
        guard mounts.count < Self.most.tables else { throw .not("there are more than \(Self.most.tables) of them") }
        mounts.append((path, application))
    }

    mutating func addCommand(_ command: Command) throws(NotTaken) {
        guard commands.count < Self.most.tables else { throw .not("there are more than \(Self.most.tables) commands") }
        commands.append(command)
    }

    mutating func setVariable(_ name: String, _ text: String, _ option: UWSGIOption) throws(NotTaken) {
        guard environment.count < Self.most.variables else {
            throw .not("there are more than \(Self.most.variables) variables")
        }
        environment.removeAll { $0.name == name }
        environment.append((name, text, option.origin))
    }

    func isSet(_ key: String) -> Bool { settings.contains { $0.key == key } }

    /// - Throws: ``ImportError`` for what is not such a file.
    package static func translate(
        _ text: String,
        section: String,
        place: PathPlace,
        source: String
    ) throws(ImportError) -> Translation {
        let file = try UWSGIFile(text, section: section, place: place, source: source)
        var translation = UWSGITranslation(place: place)
        translation.notes = file.notes
        for option in file.options { translation.apply(option) }
        translation.finish(file.names)
        return Translation(
            text: translation.sketch.render(head: ImportHead.lines(of: source, place)),
            notes: translation.notes,
            source: source
        )
    }

    private mutating func apply(_ option: UWSGIOption) {
        guard let row = UWSGIOptions.row(of: option.name) else { return }
        do throws(NotTaken) {
            try row.apply(option, to: &self)
        } catch {
            notes.append(ImportNote(error.kind, line: option.line, option.text, error.reason))
        }
    }
}

// MARK: - At the end

extension UWSGITranslation {
    /// - Parameter names: everything that the file sets.
    mutating func finish(_ names: Set<String>) {
        addUser()
        addLog()
        // uWSGI has one of each where nothing is said; Martlet would have more.
        if names.isDisjoint(with: ["processes", "workers", "p"]) {
            settings.append(("workers", .number(1), "uWSGI's default of processes"))
        }
        if !names.contains("threads") { settings.append(("threads", .number(1), "uWSGI's default of threads")) }
        if !place.isShared, !isSet("directory") {
            settings.append(("directory", .text(place.folder), "the folder of the file"))
        }
        if !pythonPath.isEmpty {
            let text = pythonPath.map(\.text).joined(separator: ":")
            environment.append(("PYTHONPATH", text, pythonPath.map(\.origin).joined(separator: ", ")))
        }
        if let module { addApplication(at: "/", called(module)) }
        for (path, application) in mounts { addApplication(at: path, called(application)) }
        for command in commands { add(command) }
        if module == nil, mounts.isEmpty {
            notes.append(
                ImportNote(
                    .notTranslated,
                    line: 1,
                    "no module, wsgi-file or mount",
                    "no application is named, so there is no route for one: write [route.\"/\"] with wsgi = \"hello:app\""
                )
            )
        }
    }

    /// An application that does not say what in it is to be called.
    private func called(_ application: Named) -> Named {
        guard let callable, !application.text.contains(":") else { return application }
        return Named(
            text: "\(application.text):\(callable.text)",
            origin: "\(application.origin), \(callable.origin)"
        )
    }

    private mutating func addLog() {
        if let withoutLog { return sketch.set("access-log", .text("off"), from: withoutLog.origin) }
        guard let (path, option) = log else { return }
        sketch.set("access-log", .text(path), from: option.origin)
    }

    /// It runs where the application does, with its environment.
    private mutating func add(_ command: Command) {
        let path = sketch.addCommand(run: command.run, schedule: command.schedule, from: command.origin)
        if let limit = command.limit { sketch.set("time-limit", limit, in: path, from: command.origin) }
        if let user = command.user { sketch.set("user", .text(user), in: path, from: command.origin) }
        if let directory = command.directory {
            sketch.set("directory", .text(directory), in: path, from: command.origin)
        } else if let shared = settings.first(where: { $0.key == "directory" }) {
            sketch.set("directory", shared.value, in: path, from: shared.origin)
        }
        for (name, text, origin) in environment {
            sketch.set(name, .text(text), in: path + ["environment"], from: origin)
        }
    }

    private mutating func addUser() {
        guard let user else {
            guard let group else { return }
            notes.append(ImportNote(.notTranslated, line: 1, group.origin, "a group alone; name the user as well"))
            return
        }
        let text = group.map { "\(user.text):\($0.text)" } ?? user.text
        let origins = [user.origin] + (group.map { [$0.origin] } ?? [])
        sketch.set("user", .text(text), from: origins.joined(separator: ", "))
    }

    private mutating func addApplication(at path: String, _ application: Named) {
        let table = ["route", path]
        sketch.set("wsgi", .text(application.text), in: table, from: application.origin)
        for (key, value, origin) in settings { sketch.set(key, value, in: table, from: origin) }
        for (name, text, origin) in environment {
            sketch.set(name, .text(text), in: table + ["environment"], from: origin)
        }
    }
}
