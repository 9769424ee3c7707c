import Glibc
import MartletSettings

/// Everything in a folder that can be served, the likeliest first.
enum FolderFindings {
    /// - Parameter flaskApp: `FLASK_APP` of the environment.
    static func all(in contents: FolderContents, flaskApp: String? = nil) -> [Finding] {
        let python = PythonFindings(contents, flaskApp: flaskApp)
        let applications = python.all
        return site(contents) + applications + package(contents) + translations(contents, applications.first)
            + files(contents)
            + scripts(contents) + python.hints + php(contents)
    }

    private static func site(_ contents: FolderContents) -> [Finding] {
        if contents.has("martlet.toml") {
            return [
                Finding(
                    subject: .site,
                    title: "Martlet's own configuration: martlet.toml",
                    note: "is it right? martlet check"
                )
            ]
        }
        guard let project = contents.text("pyproject.toml"),
            project.split(whereSeparator: \.isNewline).contains(where: { $0.hasPrefix("[tool.martlet") })
        else { return [] }
        return [Finding(subject: .site, title: "Martlet's own configuration: [tool.martlet] in pyproject.toml")]
    }

    private static func package(_ contents: FolderContents) -> [Finding] {
        guard let manifest = contents.text("Package.swift") else { return [] }
        guard manifest.lowercased().contains("martlet") else {
            let note =
                "it does not depend on Martlet, so there is nothing in it to serve. martlet new NAME makes one that does"
            return [Finding(subject: .hint, title: "A Swift package: Package.swift", note: note)]
        }
        let note = "it is built, and served again on each change"
        return [
            Finding(
                subject: .package(product: product(of: manifest)),
                title: "A Swift package: Package.swift",
                note: note
            )
        ]
    }

    /// The first program that a manifest names: it is not run to find out.
    private static func product(of manifest: String) -> String? {
        guard let target = manifest.firstRange(of: ".executableTarget("),
            let name = manifest[target.upperBound...].firstRange(of: "name:")
        else { return nil }
        let text = manifest[name.upperBound...].drop { $0 == " " }
        guard text.first == "\"" else { return nil }
        let product = text.dropFirst().prefix { $0 != "\"" && $0 != "\n" }
        return product.isEmpty ? nil : String(product)
    }

    /// - Parameter application: what gunicorn's file need not name.
    private static func translations(_ contents: FolderContents, _ application: Finding?) -> [Finding] {
        var found: [Finding] = []
        func add(_ file: String, _ server: String, _ application: String?) {
            guard contents.has(file) else { return }
            let subject = Finding.Subject.translation(file: file, application: application)
            found.append(
                Finding(subject: subject, title: "Settings of \(server): \(file)", note: "written as a martlet.toml")
            )
        }
        let named: String? = if case .python(let choice)? = application?.subject { choice.application } else { nil }
        let says = contents.text("gunicorn.conf.py").map { PythonSource($0).texts["wsgi_app"] != nil } ?? false
        add("gunicorn.conf.py", "gunicorn", says ? nil : named)
        add("uwsgi.ini", "uWSGI", nil)
        add("Procfile", "Heroku and its like", nil)
        return found
    }

    /// Where what builds a site puts it.
    private static let sites = [".", "public", "dist", "build", "_site", "site", "html", "www"]

    private static func files(_ contents: FolderContents) -> [Finding] {
        sites.filter { contents.has(FileSystem.join($0, "index.html")) }
            .map { folder in
                let words = folder == "." ? "this folder has an index.html" : "\(folder) has an index.html"
                return Finding(subject: .files(folder), title: "Files: \(words)")
            }
    }

    private static func scripts(_ contents: FolderContents) -> [Finding] {
        guard !contents.files(in: "cgi-bin").isEmpty else { return [] }
        return [Finding(subject: .scripts("cgi-bin"), title: "CGI scripts: the folder cgi-bin")]
    }

    private static func php(_ contents: FolderContents) -> [Finding] {
        guard let folder = [".", "public", "web"].first(where: { contents.has(FileSystem.join($0, "index.php")) })
        else {
            return []
        }
        let note = """
            php-fpm runs it: install that, then
            martlet proxy fastcgi://unix:/run/php/php-fpm.sock --root \(folder) --fallback index.php
            """
        return [Finding(subject: .php(folder), title: "PHP: \(FileSystem.join(folder, "index.php"))", note: note)]
    }
}

extension FolderFindings {
    /// - Parameter folder: a folder that is there.
    static func all(in folder: String) -> [Finding] {
        let flaskApp = getenv("FLASK_APP").map { String(cString: $0) }
        return all(in: FolderContents(of: folder), flaskApp: flaskApp?.isEmpty == false ? flaskApp : nil)
    }
}
