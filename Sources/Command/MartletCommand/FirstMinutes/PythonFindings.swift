import MartletSettings

/// The Python applications of a folder, the likeliest first: by the conventions of Flask and Django, which people follow without a look
/// at any page.
struct PythonFindings {
    private let contents: FolderContents
    /// What `FLASK_APP` names, in the environment or in .flaskenv.
    private let flaskApp: String?
    private var candidates: [Candidate] = []
    /// Of what is there but not served as it is.
    private(set) var hints: [Finding] = []

    private struct Candidate {
        let finding: Finding
        let choice: PythonChoice
        let rank: (Int, SourceRank, Int, Int, Int, String)
    }

    /// Names that other servers and frameworks look for, the likeliest first.
    private static let usualNames = ["app", "application", "api", "server", "create_app", "make_app"]
    private static let factories = ["create_app", "make_app", "create_application"]

    init(_ contents: FolderContents, flaskApp: String? = nil) {
        self.contents = contents
        self.flaskApp = flaskApp ?? contents.text(".flaskenv").flatMap(Self.flaskApp)
        look(at: ".")
        for folder in contents.folders(in: ".") where !isPackage(folder) { look(at: folder) }
        candidates.sort { $0.rank < $1.rank }
    }

    var all: [Finding] {
        // The same application may be found in two ways: by manage.py and by its own file.
        var seen: [PythonChoice] = []
        return candidates.filter { candidate in
            defer { seen.append(candidate.choice) }
            return !seen.contains(candidate.choice)
        }
        .map(\.finding)
    }

    private func isPackage(_ folder: String) -> Bool { contents.has(folder + "/__init__.py") }

    // MARK: - Where they are

    /// A folder that modules are imported from: this one, `src`, or one beside.
    private mutating func look(at root: String) {
        for name in contents.files(in: root) { look(at: name, below: root) }
        for folder in contents.folders(in: root) {
            let path = FileSystem.join(root, folder)
            guard root != "." || isPackage(path) else { continue }
            for name in contents.files(in: path) where isPackage(path) { look(at: "\(folder)/\(name)", below: root) }
        }
    }

    /// - Parameters:
    ///   - file: its path below the root.
    private mutating func look(at file: String, below root: String) {
        let path = FileSystem.join(root, file)
        let name = FileSystem.split(file).name
        guard name.hasSuffix(".py"), !Self.isOfTools(name) else { return }
        if let reason = contents.skipped[path] {
            hints.append(Finding(subject: .hint, title: "Not looked into: \(path)", note: reason))
        }
        guard let text = contents.text(path) else { return }
        let source = PythonSource(text)
        if name == "manage.py", let settings = source.settingsModule, !file.contains("/") {
            return add(django: settings, of: path, below: root)
        }
        let found = source.names.compactMap { each in Self.kind(of: each, in: source, file: name).map { (each, $0) } }
        if !found.isEmpty, !file.contains("/"), ShadowedModules.names.contains(String(name.dropLast(3))) {
            let note =
                "Python would take it for its own module \(name.dropLast(3)), or that of a library: give it another name"
            return hints.append(Finding(subject: .hint, title: "An application: \(path)", note: note))
        }
        let wrappers = Self.wrappers(found.map(\.0), source)
        for (each, kind) in found {
            let place = (wrappers.contains(each.name) ? 0 : 1, each.line)
            let title = "\(kind.title): \(each.name) in \(path), line \(each.line)"
            switch kind.serving {
            case .callable: add(each, attribute: each.name, title, file, root, place)
            case .attribute(let attribute): add(each, attribute: attribute, title, file, root, place)
            case .factory: add(each, attribute: each.name + "()", title, file, root, place)
            case .needsArguments:
                let command = ShellWord.quoted("\(module(file, root)):\(each.name)(…)")
                hints.append(
                    Finding(subject: .hint, title: title, note: "it needs arguments; give them: martlet run \(command)")
                )
            case .asynchronous:
                let note =
                    "it speaks ASGI, and Martlet serves WSGI. Serve it with uvicorn, and martlet proxy in front of that"
                hints.append(Finding(subject: .hint, title: title, note: note))
            }
        }
    }

    private mutating func add(
        _ name: PythonSource.Name,
        attribute: String,
        _ title: String,
        _ file: String,
        _ root: String,
        _ place: (wrapper: Int, line: Int)
    ) {
        let choice = PythonChoice(
            application: "\(module(file, root)):\(attribute)",
            directory: root == "." ? nil : root
        )
        let depth = (file.contains("/") ? 1 : 0) + (root == "." ? 0 : root == "src" ? 1 : 2)
        candidates.append(
            Candidate(
                finding: Finding(subject: .python(choice), title: title),
                choice: choice,
                rank: (
                    isFlaskApp(choice) ? 0 : 2, SourceRank(file: FileSystem.split(file).name, depth: depth),
                    place.wrapper, Self.usualNames.firstIndex(of: name.name) ?? Self.usualNames.count, place.line,
                    choice.application
                )
            )
        )
    }

    /// How the module of a file is named: as Python imports it, or by its path where it could not, or would import something else.
    private func module(_ file: String, _ root: String) -> String {
        let parts = file.dropLast(3).split(separator: "/").map(String.init)
        let names = parts.last == "__init__" ? Array(parts.dropLast()) : parts
        // `app.v2.py` would be a module of a package `app`.
        if names.contains(where: { $0.contains(".") }) { return file }
        let isHidden = parts.count == 1 && contents.has(FileSystem.join(root, "\(names.joined())/__init__.py"))
        let module = names.joined(separator: ".")
        guard !isHidden, let parsed = try? ApplicationName(parsing: module), case .module = parsed.source else {
            return file
        }
        return module
    }

    // MARK: - Django

    /// `manage.py` names the settings, and they name the application; without that it is `wsgi.py` beside them.
    private mutating func add(django settings: String, of manage: String, below root: String) {
        let directory = root == "." ? nil : root
        let parts = settings.split(separator: ".").map(String.init)
        func path(_ parts: some Collection<String>) -> String { FileSystem.join(root, parts.joined(separator: "/")) }
        var places: [(module: String, name: String)] = []
        if let text = contents.text(path(parts) + ".py"),
            let named = PythonSource(text).texts["WSGI_APPLICATION"]?.split(separator: ".").map(String.init),
            let name = named.last, named.count > 1
        {
            places.append((named.dropLast().joined(separator: "."), name))
        }
        for count in stride(from: parts.count - 1, through: 1, by: -1) {
            places.append(((parts.prefix(count) + ["wsgi"]).joined(separator: "."), "application"))
        }
        let found = places.first { contents.has(path($0.module.split(separator: ".").map(String.init)) + ".py") }
        let choice =
            if let found {
                PythonChoice(application: "\(found.module):\(found.name)", directory: directory)
            } else {
                // Without a wsgi.py it is what such a file would have in it.
                PythonChoice(
                    application: "django.core.wsgi:get_wsgi_application()",
                    directory: directory,
                    environment: ["DJANGO_SETTINGS_MODULE": settings]
                )
            }
        let title = "Django: \(manage) with the settings \(settings)"
        candidates.append(
            Candidate(
                finding: Finding(subject: .python(choice), title: title),
                choice: choice,
                rank: (1, SourceRank(file: "manage.py", depth: root == "." ? 0 : 2), 0, 0, 0, choice.application)
            )
        )
    }

    // MARK: - Flask

    private static func flaskApp(in text: String) -> String? {
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.filter { !" \t\"'".contains($0) } }
            if parts.count == 2, parts[0] == "FLASK_APP" || parts[0] == "exportFLASK_APP" { return parts[1] }
        }
        return nil
    }

    /// Flask takes `hello`, `hello.py`, `hello:app`, `src/hello` and `shop:create_app()`.
    private func isFlaskApp(_ choice: PythonChoice) -> Bool {
        guard let flaskApp, !flaskApp.isEmpty else { return false }
        func module(_ text: String) -> String {
            let name = text.prefix { $0 != ":" }
            return String(name.hasSuffix(".py") ? name.dropLast(3) : name).replacing("/", with: ".")
        }
        let wanted = module(flaskApp)
        let own = module(choice.application)
        guard own == wanted || choice.directory.map({ "\($0).\(own)" }) == wanted else { return false }
        guard let colon = flaskApp.firstIndex(of: ":") else { return true }
        let attribute = flaskApp[flaskApp.index(after: colon)...]
        let given = choice.application.drop { $0 != ":" }.dropFirst()
        return given == attribute || given == attribute + "()"
    }
}

// MARK: - What a name is

extension PythonFindings {
    private enum Serving: Equatable {
        case callable
        case attribute(String)
        case factory
        case needsArguments
        case asynchronous
    }

    /// What makes an application, by the last part of its name, and whose it is.
    private static let makers = [
        "Flask": "Flask", "APIFlask": "Flask", "FlaskApp": "Flask", "get_wsgi_application": "Django",
        "Bottle": "Bottle",
        "default_app": "Bottle", "make_wsgi_app": "Pyramid", "get_app": "WSGI", "DispatcherMiddleware": "WSGI",
        "WSGIApplication": "WSGI", "ProxyFix": "WSGI", "SharedDataMiddleware": "WSGI", "WhiteNoise": "WSGI",
    ]
    private static let asynchronousMakers: Set<String> = [
        "FastAPI", "Starlette", "Quart", "Sanic", "Litestar", "BlackSheep",
    ]
    /// Files that other servers import an application from, whatever it is made by.
    private static let entries: Set<String> = ["wsgi.py", "passenger_wsgi.py"]

    private static func isOfTools(_ name: String) -> Bool {
        name.hasPrefix("test_") || name.hasSuffix("_test.py") || name.hasSuffix(".conf.py")
            || ["conftest.py", "setup.py", "tests.py", "fabfile.py", "noxfile.py", "tasks.py", "asgi.py"].contains(name)
    }

    private static func kind(
        of name: PythonSource.Name,
        in source: PythonSource,
        file: String
    ) -> (title: String, serving: Serving)? {
        switch name.origin {
        case .call(let callee):
            if source.callableClasses.contains(callee) { return ("WSGI", .callable) }
            return kind(ofCall: callee, name.name, file)
        case .alias(let value):
            // Dash keeps its Flask in `server`.
            if value.hasSuffix(".server") { return ("Dash", .callable) }
            return entries.contains(file) && isUsual(name.name) ? ("WSGI", .callable) : nil
        case .imported:
            return entries.contains(file) && (name.name == "app" || name.name == "application")
                ? ("WSGI", .callable) : nil
        case .coroutine(let parameters):
            return parameters == 3 && usualNames.contains(name.name) ? ("ASGI", .asynchronous) : nil
        case .function(let parameters, let required):
            if factories.contains(name.name) {
                let isFlask = source.names.contains { $0.name == "Flask" }
                return (isFlask ? "Flask" : "WSGI", required == 0 ? .factory : .needsArguments)
            }
            let isCallable = parameters == 2 && required == 2 && (name.name == "app" || name.name == "application")
            return isCallable ? ("WSGI", .callable) : nil
        }
    }

    private static func kind(ofCall callee: String, _ name: String, _ file: String) -> (
        title: String, serving: Serving
    )? {
        let parts = callee.split(separator: ".").map(String.init)
        guard let last = parts.last else { return nil }
        if asynchronousMakers.contains(last) || parts.contains("asgi") { return (last, .asynchronous) }
        if let title = makers[last] { return (title, .callable) }
        if parts.first == "falcon", last == "App" || last == "API" { return ("Falcon", .callable) }
        if last == "Dash" { return ("Dash", .attribute("\(name).server")) }
        // `app = create_app()`, and in the file that is there for servers whatever has the name that they look for.
        if last.hasPrefix("create_") || last.hasPrefix("make_") || last.hasPrefix("build_") {
            return isUsual(name) ? ("WSGI", .callable) : nil
        }
        return entries.contains(file) && isUsual(name) ? ("WSGI", .callable) : nil
    }

    /// Those that are made of another one, and that nothing else is made of.
    private static func wrappers(_ found: [PythonSource.Name], _ source: PythonSource) -> Set<String> {
        let names = Set(found.map(\.name))
        let inner = names.map { name in (source.arguments[name] ?? []).intersection(names).subtracting([name]) }
        let outer = zip(names, inner).filter { !$0.1.isEmpty }.map(\.0)
        return Set(outer).subtracting(inner.flatMap { $0 })
    }

    private static func isUsual(_ name: String) -> Bool { name == "app" || name == "application" }
}
