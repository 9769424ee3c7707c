/// Translates the configuration of another server: of uWSGI (INI), of gunicorn (its Python file, which is not executed), or a Procfile.
package enum Import {
    /// What the file is.
    package enum Kind: Sendable, Equatable {
        case uwsgi(section: String)
        case gunicorn
        case procfile
    }

    /// As that of a configuration of Martlet's own.
    package static let largestFile = 1 << 20

    /// - Parameters:
    ///   - name: of the file, without folders.
    ///   - section: the one that was asked for, as in `uwsgi.ini:shop`.
    /// - Throws: ``ImportError`` for forms that are not read.
    package static func kind(of name: String, section: String?, _ text: String) throws(ImportError) -> Kind {
        let ending = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
        let start = text.drop { $0.isWhitespace }
        switch ending {
        case "yaml", "yml": throw refused(name, "YAML", "each 'key: value' below 'uwsgi:' becomes 'key = value'")
        case "xml": throw refused(name, "XML", "each '<key>value</key>' becomes 'key = value'")
        case "json", "js": throw refused(name, "JSON", "each '\"key\": \"value\"' becomes 'key = value'")
        case _ where start.hasPrefix("<"): throw refused(name, "XML", "each '<key>value</key>' becomes 'key = value'")
        case _ where start.hasPrefix("uwsgi:"): throw refused(name, "YAML", "each 'key: value' becomes 'key = value'")
        case _ where start.hasPrefix("{"):
            throw refused(name, "JSON", "each '\"key\": \"value\"' becomes 'key = value'")
        case "py": return .gunicorn
        default: break
        }
        if name == "Procfile" || name.hasPrefix("Procfile.") { return .procfile }
        if ending == "ini" || section != nil || text.contains("[uwsgi]") { return .uwsgi(section: section ?? "uwsgi") }
        throw ImportError(
            "\(name) is none of the files that are translated: uWSGI's (.ini, with a section [uwsgi]), gunicorn.conf.py, Procfile."
        )
    }

    /// - Parameters:
    ///   - source: how the file is called in comments and messages.
    ///   - application: the one that gunicorn is given on its command line; nil where it is not known.
    /// - Throws: ``ImportError``.
    package static func translate(
        _ text: String,
        as kind: Kind,
        place: PathPlace,
        source: String,
        application: String? = nil
    ) throws(ImportError) -> Translation {
        switch kind {
        case .uwsgi(let section):
            try UWSGITranslation.translate(text, section: section, place: place, source: source)
        case .gunicorn:
            try GunicornTranslation.translate(text, place: place, source: source, application: application)
        case .procfile: try ProcfileTranslation.translate(text, place: place, source: source)
        }
    }

    private static func refused(_ name: String, _ form: String, _ how: String) -> ImportError {
        ImportError("\(name) is \(form), which is not translated. Write it as INI, below [uwsgi]: \(how).")
    }
}
