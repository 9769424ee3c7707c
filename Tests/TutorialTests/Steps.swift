import Martlet

// The app of the tutorial before it is what Examples/blog has: what its first pages show.

/// Page 2: a page from a template.
func withTemplates(in folder: String) -> App {
    struct BlogSettings { let templates: String }
    func blog(_ settings: BlogSettings) throws -> App {
        let app = App()
        app.templates(in: settings.templates)
        app.get("/", name: "index") { request in try request.render("index.html") }
        return app
    }
    return (try? blog(BlogSettings(templates: folder))) ?? App()
}

/// Page 6: what would be written where the guard is not one's own.
func withTokens(_ secret: String) -> App {
    let app = App()
    let token = SecretText(secret)
    let api = Blueprint("api", prefix: "/api")
    api.guard(BearerGuard(realm: "blog") { token.matches($0) ? "a program" : nil })
    api.get("/count") { 0 }
    app.register(api)
    return app
}

/// Page 8: what runs beside the requests.
func withBackground(_ sweep: @escaping @Sendable () async throws -> Void) -> App {
    let app = App()
    app.onStart { try await sweep() }
    app.background("sweep") {
        while true {
            try await Task.sleep(for: .seconds(3600))
            try await sweep()
        }
    }
    return app
}
