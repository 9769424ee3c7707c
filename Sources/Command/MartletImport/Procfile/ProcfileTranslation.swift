/// A Procfile while it becomes a configuration of Martlet's: `web` is the application, other types are commands beside it.
enum ProcfileTranslation {
    static func translate(_ text: String, place: PathPlace, source: String) throws(ImportError) -> Translation {
        let file = try Procfile(text)
        var site = GunicornTranslation(place: place)
        site.notes = file.notes
        var missing = (line: 1, reason: "there is no web process; write [route.\"/\"] with wsgi = \"hello:app\"")
        for process in file.processes where process.type == "web" {
            missing = (process.line, "no application was found in it; write [route.\"/\"] with wsgi = \"hello:app\"")
            add(process, to: &site, source)
        }
        site.finish(
            Set(site.settings.map(\.key)),
            defaultAddress: "0.0.0.0:${PORT:-8000}",
            workers: .text("${WEB_CONCURRENCY:-1}"),
            missing: missing
        )
        for process in file.processes where process.type != "web" {
            let origin = "\(source):\(process.line) \(process.type)"
            if process.type == "release" {
                let reason = "it runs once before the start; systemd's ExecStartPre, or whatever deploys, runs it"
                site.note(.notTranslated, process.line, "release: \(process.command)", reason)
                continue
            }
            let path = site.sketch.addCommand(process.type, run: SketchValue.literal(process.command), from: origin)
            if !place.isShared {
                site.sketch.set("directory", .text(place.folder), in: path, from: "the folder of the file")
            }
        }
        return Translation(
            text: site.sketch.render(head: ImportHead.lines(of: source, place)),
            notes: site.notes,
            source: source
        )
    }

    private static func add(_ process: Procfile.Process, to site: inout GunicornTranslation, _ source: String) {
        let words: [String]
        do throws(ShellWords.NeedsShell) {
            words = try ShellWords.read(process.command)
        } catch {
            return site.note(
                .notTranslated,
                process.line,
                "web: \(process.command)",
                "\(error.reason); write what it comes to"
            )
        }
        var rest = words[...]
        while let word = rest.first, word == "exec" || isAssignment(word) {
            rest = rest.dropFirst()
            guard isAssignment(word), let equals = word.firstIndex(of: "=") else { continue }
            let value = String(word[word.index(after: equals)...])
            site.environment.append((String(word[..<equals]), value, "\(source):\(process.line) web"))
        }
        let program = rest.first?.split(separator: "/").last.map(String.init) ?? ""
        switch program {
        case "gunicorn": addGunicorn(Array(rest.dropFirst()), process, to: &site, source)
        case _ where program.hasPrefix("python") && rest.dropFirst().starts(with: ["-m", "gunicorn"]):
            addGunicorn(Array(rest.dropFirst(3)), process, to: &site, source)
        case "uwsgi":
            let file = rest.dropFirst().first { $0.hasSuffix(".ini") }.map { " \($0)" } ?? ""
            let reason = "uwsgi's own file says how it serves: martlet import\(file.isEmpty ? " uwsgi.ini" : file)"
            site.note(.notTranslated, process.line, "web: \(process.command)", reason)
        default:
            site.note(
                .notTranslated,
                process.line,
                "web: \(process.command)",
                "\(program) is neither gunicorn nor uwsgi"
            )
        }
    }

    private static func addGunicorn(
        _ words: [String],
        _ process: Procfile.Process,
        to site: inout GunicornTranslation,
        _ source: String
    ) {
        let (flags, application) = GunicornFlags.read(words)
        let origin = "\(source):\(process.line)"
        if let application { site.application = (application, origin) }
        for flag in flags {
            let option = GunicornOption(
                line: process.line,
                name: flag.setting,
                value: flag.value,
                origin: "\(origin) \(flag.text.prefix { $0 != " " && $0 != "=" })"
            )
            site.apply(option, text: flag.text)
        }
    }

    private static func isAssignment(_ word: String) -> Bool {
        guard let equals = word.firstIndex(of: "="), let first = word.first, !first.isNumber, equals != word.startIndex
        else {
            return false
        }
        return word[..<equals].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }
}
