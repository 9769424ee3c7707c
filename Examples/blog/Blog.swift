import Foundation
import Martlet
import MartletSQLite

/// What differs between a laptop, a server and a test.
struct BlogSettings {
    /// The file of the database.
    var database = "blog.db"
    /// What session cookies are signed with: `openssl rand -base64 32`. Without one, everybody is logged out when the program ends.
    var secret: String?
    /// The folder of the templates.
    var templates = "templates"

    static func ofEnvironment() -> BlogSettings {
        let environment = ProcessInfo.processInfo.environment
        var settings = BlogSettings()
        settings.database = environment["BLOG_DATABASE"] ?? settings.database
        settings.secret = environment["BLOG_SECRET"]
        return settings
    }
}

/// The application: a function, so that every test has one of its own.
func blog(_ settings: BlogSettings) throws -> App {
    let app = App()
    let database = try BlogDatabase(path: settings.database)
    let keys = try settings.secret.map { try KeyRing([$0]) } ?? .random()

    app.templates(in: settings.templates)
    app.sessions(keys, in: try SQLiteSessionStore(database.pool))
    app.onStatus(.notFound) { request in try request.render("error.html", ["text": "There is nothing here."]) }
    app.onError(NotTheAuthor.self) { _, request in
        var page = try request.render("error.html", ["text": "That is somebody else's."]).response(to: request)
        page.status = .forbidden
        return page
    }

    app.register(accounts(database))
    app.register(posts(database))
    return app
}
