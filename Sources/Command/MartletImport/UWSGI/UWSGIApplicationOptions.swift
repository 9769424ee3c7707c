/// What is served, and with which Python.
enum UWSGIApplicationOptions {
    static let rows: [UWSGIOptions.Row] = [
        .take("module", "wsgi", "w", becomes: #"wsgi = "shop.wsgi:application""#) { (site, option) throws(NotTaken) in
            try site.name(option)
        },
        .take(
            "wsgi-file",
            "file",
            becomes: #"wsgi = "hello.py""#,
            "With `callable`, `wsgi = \"hello.py:app\"`."
        ) { (site, option) throws(NotTaken) in try site.name(option) },
        .take("callable", becomes: #"wsgi = "…:app""#) { (site, option) throws(NotTaken) in
            guard !option.value.isEmpty else { throw .not("it names nothing") }
            site.callable = .init(text: option.value.withoutQuotes, origin: option.origin)
        },
        .take(
            "mount",
            becomes: #"[route."/shop"] wsgi = "shop:app""#,
            "Each has workers of its own; `SCRIPT_NAME` is always right."
        ) { (site, option) throws(NotTaken) in
            guard let equals = option.value.firstIndex(of: "="), option.value.hasPrefix("/") else {
                throw .not("write it as /path=module:app; other names are sites, [site.\"example.com\"]")
            }
            let path = String(option.value[..<equals])
            let application = String(option.value[option.value.index(after: equals)...])
            guard !application.isEmpty else { throw .not("it names no application") }
            try site.addMount(path, .init(text: application, origin: option.origin))
            if site.mounts.count > 1 {
                throw .changed("each application has workers of its own, so there are more of them in all")
            }
        },
        .take("chdir", "chdir2", becomes: #"directory = "app""#) { (site, option) throws(NotTaken) in
            site.setOfApplication("directory", .text(site.place.path(option.value)), option)
        },
        .take(
            "virtualenv",
            "venv",
            "home",
            "pyhome",
            "H",
            becomes: #"python = "venv/bin/python""#,
            "Without it `.venv` or `venv` beside the application is found."
        ) { (site, option) throws(NotTaken) in
            site.setOfApplication("python", .text(site.place.path("\(option.value)/bin/python")), option)
        },
        .take("pythonpath", "python-path", "pp", becomes: #"environment.PYTHONPATH = "…""#) {
            (site, option) throws(NotTaken) in site.pythonPath.append(.init(text: option.value, origin: option.origin))
        },
        .take("env", becomes: #"[route."/".environment]"#) { (site, option) throws(NotTaken) in
            guard let equals = option.value.firstIndex(of: "="), equals != option.value.startIndex else {
                throw .not("it is not NAME=VALUE")
            }
            let name = String(option.value[..<equals])
            try site.setVariable(name, String(option.value[option.value.index(after: equals)...]), option)
        },
        .missing(
            "import",
            "py-import",
            "python-import",
            "shared-import",
            "shared-py-import",
            instead: "import it in the module of the application"
        ),
        .missing(
            "paste",
            "ini-paste",
            "ini-paste-logged",
            "paster",
            instead: "name a factory: wsgi = \"shop:create_app()\""
        ),
        .missing("eval", "pyrun", "pump", "pyargv", "optimize", "unenv", "envdir", instead: "there is nothing like it"),
    ]
}

extension UWSGITranslation {
    fileprivate mutating func name(_ option: UWSGIOption) throws(NotTaken) {
        guard !option.value.isEmpty else { throw .not("it names nothing") }
        let text = option.value.withoutQuotes
        module = Named(text: text, origin: option.origin)
        if text != option.value { throw .changed("the quotes, which belong to the value in uWSGI, are taken off") }
    }
}

extension String {
    /// Quotes that people write by habit.
    fileprivate var withoutQuotes: String {
        guard count > 2, let first, first == last, first == "\"" || first == "'" else { return self }
        return String(dropFirst().dropLast())
    }
}
