/// What a new package has in it: an app with a page and a form, its test, and how it is served.
struct PackageFiles {
    let name: PackageName
    /// Where Martlet is: a folder, or a URL of git.
    let martlet: String

    /// Paths below the package, with their texts.
    var all: [(path: String, text: String)] {
        [
            ("Package.swift", manifest),
            ("Sources/\(name)/main.swift", "try await makeApp().run()\n"),
            ("Sources/\(name)/Routes.swift", routes),
            ("Tests/\(name)Tests/RoutesTests.swift", tests),
            ("templates/layout.html", layout),
            ("templates/index.html", index),
            ("static/style.css", style),
            ("martlet.toml", configuration),
            ("README.md", readme),
            (".gitignore", ".build/\nPackage.resolved\n"),
        ]
    }

    private var manifest: String {
        let place =
            martlet.contains("://")
            ? "url: \"\(martlet)\", branch: \"main\"" : "name: \"martlet\", path: \"\(martlet)\""
        return """
            // swift-tools-version: 6.2
            import PackageDescription

            let package = Package(
                name: "\(name)",
                dependencies: [
                    .package(\(place))
                ],
                targets: [
                    .executableTarget(
                        name: "\(name)",
                        dependencies: [.product(name: "Martlet", package: "martlet")]
                    ),
                    .testTarget(
                        name: "\(name)Tests",
                        dependencies: ["\(name)", .product(name: "MartletTesting", package: "martlet")]
                    ),
                ]
            )

            """
    }

    private var routes: String {
        """
        import Martlet

        func makeApp() -> App {
            let app = App()
            app.templates(in: "templates")
            app.static(from: "static")

            app.get("/", name: "index") { request in try request.render("index.html", ["title": "\(name)"]) }

            app.get("/hello/<name>", name: "hello") { (name: String) in "Hello \\(name)!" }

            app.post("/greet", name: "greet") { (request: Request) async throws -> Response in
                let name = try await request.form()["name"] ?? ""
                guard !name.isEmpty else { throw Abort(.badRequest, "Say who is to be greeted.") }
                return try request.redirect(to: "hello", ["name": name], status: .seeOther)
            }

            return app
        }

        """
    }

    private var tests: String {
        """
        import MartletTesting
        import Testing

        @testable import \(name.module)

        @Suite struct RoutesTests {
            let client = TestClient(makeApp())

            @Test func hello() async throws {
                try await client.get("/hello/Ada").expect(.ok, body: "Hello Ada!")
            }

            @Test func unknown() async throws {
                try await client.get("/nowhere").expect(.notFound)
            }
        }

        """
    }

    private var layout: String {
        """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{% block title %}{{ title }}{% endblock %}</title>
        <link rel="stylesheet" href="{{ url_for('static', filename='style.css') }}">
        <main>
        {% block content %}{% endblock %}
        </main>
        </html>

        """
    }

    private var index: String {
        """
        {% extends "layout.html" %}
        {% block content %}
        <h1>{{ title }}</h1>
        <form method="post" action="{{ url_for('greet') }}">
          <label>Your name <input name="name" required></label>
          <button>Greet</button>
        </form>
        {% endblock %}

        """
    }

    private var style: String {
        """
        :root { color-scheme: light dark; font-family: system-ui, sans-serif; }
        main { max-width: 40rem; margin: 3rem auto; padding: 0 1rem; }

        """
    }

    private var configuration: String {
        """
        # martlet serve reads this: the program behind a server that has certificates, policies and other applications beside it.
        # Build it first: swift build -c release
        bind = ":8000"

        [route."/"]
        swift = ".build/release/\(name)"

        """
    }

    private var readme: String {
        """
        # \(name)

            martlet dev                 build, serve at http://127.0.0.1:8000, and again on each change
            swift test                  the tests
            swift run \(name) routes    what it answers
            martlet serve               as martlet.toml says, after swift build -c release

        `Sources/\(name)/Routes.swift` has the routes, `templates` the pages, `static` what they need.

        """
    }
}
