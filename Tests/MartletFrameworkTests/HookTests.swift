import HTTPTypes
import MartletForms
import MartletFramework
import MartletGateway
import MartletTesting
import Synchronization
import Testing

@Suite struct HookTests {
    /// What was called, in order.
    final class Calls: Sendable {
        private let list = Mutex<[String]>([])

        func note(_ call: String) { list.withLock { $0.append(call) } }

        /// What was called since the last time.
        func take() -> [String] {
            list.withLock { list in
                defer { list = [] }
                return list
            }
        }
    }

    enum User: RequestStorage.Key { typealias Value = String }

    struct Broken: Error {}

    /// An app with a blueprint, each with hooks that say when they are called.
    private func app(_ calls: Calls) -> App {
        let app = App(environment: .production)
        let shop = Blueprint("shop", prefix: "/shop")
        func hook(_ scaffold: some Scaffold, _ name: String) {
            scaffold.before { request in calls.note("before \(name) \(request.parameters["id"] ?? "-")") }
            scaffold.after { response, request in
                calls.note("after \(name) \(response.status.code)")
                response.headers.append(.via, name)
            }
            scaffold.teardown { request, error in calls.note("teardown \(name)\(error.map { " \($0)" } ?? "")") }
        }
        hook(app, "app")
        hook(shop, "shop")
        app.get("/") { "home" }
        shop.get("/<int:id>") { (id: Int) in
            calls.note("handler")
            return "item \(id)"
        }
        shop.get("/gone") { () throws -> String in throw Abort(.gone) }
        shop.get("/broken") { () throws -> String in throw Broken() }
        app.register(shop)
        return app
    }

    @Test("From the outside in, and back")
    func order() async throws {
        let calls = Calls()
        let client = TestClient(app(calls))
        let answer = try await client.get("/shop/7")
        #expect(
            calls.take() == [
                "before app 7", "before shop 7", "handler", "after shop 200", "after app 200", "teardown shop",
                "teardown app",
            ]
        )
        #expect(answer.headers.values(for: .via) == ["shop", "app"])
        try await client.get("/").expect(.ok, body: "home")
        #expect(calls.take() == ["before app -", "after app 200", "teardown app"])
    }

    @Test("What nothing answers, and errors")
    func errors() async throws {
        let calls = Calls()
        let client = TestClient(app(calls))
        try await client.get("/nowhere").expect(.notFound)
        #expect(calls.take() == ["before app -", "after app 404", "teardown app"])
        try await client.get("/shop/gone").expect(.gone)
        #expect(
            calls.take().suffix(4) == [
                "after shop 410", "after app 410", "teardown shop 410 Gone", "teardown app 410 Gone",
            ]
        )
        try await client.get("/shop/broken").expect(.internalServerError)
        #expect(calls.take() == ["before app -", "before shop -", "teardown shop Broken()", "teardown app Broken()"])
    }

    @Test("A hook before that answers, refuses, or leaves something for the handler")
    func before() async throws {
        let app = App()
        app.before { request in
            if request.args["closed"] != nil { return "closed" }
            return nil
        }
        app.before { request in
            guard let user = request.args["user"] else { throw Abort(.unauthorized, "Who are you?") }
            request.storage[User.self] = user
        }
        app.get("/") { request in "Hello \(request.storage[User.self] ?? "nobody")" }
        let client = TestClient(app)
        try await client.get("/?user=ada").expect(.ok, body: "Hello ada")
        try await client.get("/?closed").expect(.ok, body: "closed")
        try await client.get("/").expect(.unauthorized, body: "Who are you?\n")
    }

    @Test("A blueprint answers its own errors first")
    func blueprintErrors() async throws {
        let app = App()
        let api = Blueprint("api", prefix: "/api")
        for scaffold in [app, api] as [any Scaffold] {
            scaffold.get("/broken") { () throws -> String in throw Broken() }
            scaffold.get("/teapot") { () throws -> String in throw Abort(HTTPResponse.Status(code: 418)) }
        }
        app.onError(Broken.self) { _, _ in "app" }
        api.onError(Broken.self) { _, _ in "api" }
        api.onStatus(HTTPResponse.Status(code: 418)) { _ in "no coffee here" }
        app.register(api)
        let client = TestClient(app)
        try await client.get("/broken").expect(.ok, body: "app")
        try await client.get("/api/broken").expect(.ok, body: "api")
        try await client.get("/api/teapot").expect(HTTPResponse.Status(code: 418), body: "no coffee here")
        #expect(try await client.get("/teapot").text != "no coffee here")
    }
}
