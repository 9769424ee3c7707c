/// Settings of gunicorn while they become a configuration of Martlet's.
struct GunicornTranslation {
    var sketch = SiteSketch()
    var notes: [ImportNote] = []
    let place: PathPlace

    var application: (text: String, origin: String)?
    var settings: [(key: String, value: SketchValue, origin: String)] = []
    var environment: [(name: String, text: String, origin: String)] = []
    var user: (text: String, origin: String)?
    var group: (text: String, origin: String)?
    /// Of the addresses: `http`, or `uwsgi`.
    var scheme = "http"
    var addresses: [(text: String, origin: String)] = []
    var certificate: (text: String, origin: String)?
    var key: (text: String, origin: String)?

    init(place: PathPlace) { self.place = place }

    mutating func setOfApplication(_ key: String, _ value: SketchValue, _ option: GunicornOption) {
        settings.removeAll { $0.key == key }
        settings.append((key, value, option.origin))
    }

    func isSet(_ key: String) -> Bool { settings.contains { $0.key == key } }

    mutating func apply(_ option: GunicornOption, text: String) {
        guard let row = GunicornOptions.row(of: option.name) else {
            let guess = GunicornOptions.nearest(to: option.name).map { "; did you mean '\($0)'?" } ?? ""
            return note(.notTranslated, option.line, text, "gunicorn has no such setting that is known here\(guess)")
        }
        do throws(NotTaken) {
            if option.value == .none { throw .needless("it is the default") }
            try row.apply(option, to: &self)
        } catch {
            note(error.kind, option.line, text, error.reason)
        }
    }

    mutating func note(_ kind: ImportNote.Kind, _ line: Int, _ text: String, _ reason: String) {
        notes.append(ImportNote(kind, line: line, text, reason))
    }
}

// MARK: - At the end

extension GunicornTranslation {
    /// - Parameters:
    ///   - defaultAddress: where gunicorn listens that is told nothing.
    ///   - missing: what is said where no application is named, at which line.
    ///   - names: everything that is set, whatever comes of it.
    mutating func finish(
        _ names: Set<String>,
        defaultAddress: String,
        workers: SketchValue,
        missing: (line: Int, reason: String)
    ) {
        addAddresses(defaultAddress)
        if let user {
            let origins = [user.origin] + (group.map { [$0.origin] } ?? [])
            let text = user.text + (group.map { ":\($0.text)" } ?? "")
            sketch.set("user", .text(text), from: origins.joined(separator: ", "))
        }
        for (key, value) in [("workers", workers), ("threads", .number(1))] where !names.contains(key) {
            settings.append((key, value, "gunicorn's default"))
        }
        if !place.isShared, !isSet("directory") {
            settings.append(("directory", .text(place.folder), "the folder of the file"))
        }
        guard let application else {
            return note(.notTranslated, missing.line, "no application", missing.reason)
        }
        let table = ["route", "/"]
        sketch.set("wsgi", .text(application.text), in: table, from: application.origin)
        for (key, value, origin) in settings { sketch.set(key, value, in: table, from: origin) }
        for (name, text, origin) in environment {
            sketch.set(name, .text(text), in: table + ["environment"], from: origin)
        }
    }

    private mutating func addAddresses(_ usual: String) {
        let scheme = certificate == nil ? scheme : "https"
        if addresses.isEmpty { addresses = [(usual, "gunicorn's default")] }
        for (text, origin) in addresses { sketch.add("bind", "\(scheme)://\(text)", from: origin) }
        for (name, part) in [("certificate", certificate), ("key", key)] {
            if let part { sketch.set(name, .text(part.text), in: ["tls"], from: part.origin) }
        }
    }

    /// An address of gunicorn's as one of `bind`, without its scheme.
    func address(_ text: String) throws(NotTaken) -> String {
        if text.hasPrefix("fd://") {
            throw .needless("sockets that systemd has opened are taken by themselves (LISTEN_FDS)")
        }
        if text.hasPrefix("unix:") {
            let path = text.dropFirst(5)
            return "unix:" + place.path(path.hasPrefix("//") ? String(path.dropFirst()) : String(path))
        }
        let bare = text.hasPrefix("tcp://") ? String(text.dropFirst(6)) : text
        if bare.utf8.allSatisfy({ (0x30...0x39).contains($0) }), !bare.isEmpty { return ":\(bare)" }
        let hasPort = bare.lastIndex(of: ":").map { !bare[$0...].contains("]") } ?? false
        return hasPort || ImportedNumber.isFromElsewhere(bare) ? bare : "\(bare):8000"
    }
}

// MARK: - A file

extension GunicornTranslation {
    /// Reads `gunicorn.conf.py` without executing it.
    ///
    /// - Parameter application: the one that gunicorn is given on its command line; nil where it is not known.
    static func translate(_ text: String, place: PathPlace, source: String, application: String?)
        throws(ImportError) -> Translation
    {
        var translation = GunicornTranslation(place: place)
        let file = try GunicornFile(text)
        translation.notes = file.notes
        for setting in file.settings {
            let option = GunicornOption(
                line: setting.line,
                name: setting.name,
                value: setting.value.inMartletsForm,
                origin: "\(source):\(setting.line) \(setting.name)"
            )
            translation.apply(option, text: setting.text)
        }
        if let application { translation.application = (SketchValue.literal(application), "--app") }
        translation.finish(
            file.names,
            defaultAddress: "127.0.0.1:8000",
            workers: .number(1),
            missing: (
                1,
                "gunicorn is given the application on its command line: say --app hello:app here, or write "
                    + "[route.\"/\"] with wsgi = \"hello:app\""
            )
        )
        return Translation(
            text: translation.sketch.render(head: ImportHead.lines(of: source, place)),
            notes: translation.notes,
            source: source
        )
    }
}

extension PythonValue {
    fileprivate var inMartletsForm: PythonValue {
        switch self {
        case .text(let text): .text(SketchValue.literal(text))
        case .list(let items): .list(items.map(\.inMartletsForm))
        case .dict(let pairs): .dict(pairs.map { .init(key: $0.key.inMartletsForm, value: $0.value.inMartletsForm) })
        default: self
        }
    }
}
