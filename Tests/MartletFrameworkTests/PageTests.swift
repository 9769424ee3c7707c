import HTTPTypes
import MartletGateway
import MartletSessions
import MartletTemplates
import MartletTesting
import Testing

@testable import MartletFramework

/// Pages from templates.
@Suite struct PageTests {
    struct Page: Encodable { let title: String, posts: [Post] }
    struct Post: Encodable { let id: Int, body: String? }

    private let app: App = {
        let app = App(environment: .development)
        app.templates(
            DictionaryLoader([
                "layout.html": "<title>{% block title %}{% endblock %}</title>{% block body %}{% endblock %}",
                "posts.html": """
                {% extends "layout.html" %}{% block title %}{{ title }}{% endblock %}
                {% block body %}{% for post in posts %}<a href="{{ url_for('post', id=post.id, q='a b') }}">{{ post.body or '-' }}</a>{% endfor %}{% endblock %}
                """,
                "who.html":
                    "{{ session.user or 'nobody' }} {{ request.path }} {{ request.args.q }} {{ request.view_args.name }}",
                "flashes.html":
                    "{% for c, m in get_flashed_messages(with_categories=true) %}{{ c }}:{{ m }};{% endfor %}",
                "wrong.html": "\n{{ url_for('pots') }}", "plain.html": "<p>{{ 1 + 1 }}</p>",
            ])
        )
        app.get("/posts") { request in
            try request.render(
                "posts.html",
                Page(title: "<All>", posts: [Post(id: 1, body: "a & b"), Post(id: 2, body: nil)])
            )
        }
        app.get("/posts/<int:id>", name: "post") { (id: Int) in "\(id)" }
        app.get("/who/<name>") { request in try request.render("who.html") }
        app.get("/plain") { request in try request.render("plain.html") }
        app.get("/wrong") { request in try request.render("wrong.html") }
        app.get("/flash") { request in
            request.session.flash("saved", category: "ok")
            return try request.render("flashes.html")
        }
        app.sessions(.random())
        return app
    }()

    @Test("Values, escaping, inheritance, and the URLs of routes")
    func posts() async throws {
        try await TestClient(app).get("/posts").expect(
            .ok,
            body:
                "<title>&lt;All&gt;</title><a href=\"/posts/1?q=a%20b\">a &amp; b</a><a href=\"/posts/2?q=a%20b\">-</a>",
            headers: [(.contentType, "text/html; charset=utf-8")]
        )
    }

    @Test("What pages know of the request and its session")
    func globals() async throws {
        let client = TestClient(app)
        let answer = try await client.get("/who/ada?q=1").expect(.ok, body: "nobody /who/ada 1 ada")
        #expect(answer.headers[.vary] == "Cookie")
        try await client.get("/flash").expect(.ok, body: "ok:saved;")
        // A page that does not look at the session depends on no cookie.
        #expect(try await client.get("/plain").expect(.ok, body: "<p>2</p>").headers[.vary] == nil)
    }

    @Test("A mistake is shown with its place, in development")
    func mistakes() async throws {
        let answer = try await TestClient(app).get("/wrong").expect(.internalServerError)
        #expect(
            answer.text.contains("wrong.html:2:4") && answer.text.contains("Did you mean \"post\"?"),
            "\(answer.text)"
        )
        let bare = App(environment: .development)
        bare.get("/") { request in try request.render("x.html") }
        #expect(try await TestClient(bare).get("/").text.contains("app.templates(in: \"templates\")"))
    }
}
