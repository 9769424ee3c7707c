import HTTPTypes
import MartletGateway
import MartletSessions
import MartletTesting
import Testing

@testable import MartletFramework

/// The request that is being answered, for helpers.
@Suite(.serialized) struct CurrentTests {
    enum User: RequestStorage.Key { typealias Value = String }

    private static func helper() throws -> String {
        "\(try Current.request.path) \(try Current.request.storage[User.self] ?? "-") \(try Current.session["visits", as: Int.self] ?? 0)"
    }

    @Test("In handlers, hooks and child tasks; nowhere else")
    func current() async throws {
        let app = App(environment: .development)
        app.sessions(.random())
        app.providesCurrent()
        app.before { request in
            request.session["visits"] = 1
            request.storage[User.self] = "ada"
        }
        app.after { response, _ in response.headers.append(.via, try Self.helper()) }
        app.get("/direct") { try Self.helper() }
        app.get("/waiting/<int:id>") { (id: Int) async throws -> String in
            await Task.yield()
            async let text = Self.helper()
            return try await text + " \(Current.request.parameters["id"] ?? "-")"
        }
        app.get("/detached") { () async throws -> String in
            try await Task.detached { try Self.helper() }.value
        }
        let client = TestClient(app)
        let answer = try await client.get("/direct").expect(.ok, body: "/direct ada 1")
        #expect(answer.headers[.via] == "/direct ada 1")
        try await client.get("/waiting/7").expect(.ok, body: "/waiting/7 ada 1 7")
        let text = try await client.get("/detached").expect(.internalServerError).text
        #expect(text.contains("There is no current request: this code runs outside of one."))
        #expect(text.contains("Task.detached { }"))
    }

    @Test("The text of an app that does not provide it")
    func off() {
        let text = NoCurrentRequest(isProvided: false).description
        #expect(text.hasPrefix("There is no current request: no app of this program provides one."))
        #expect(text.contains("Write app.providesCurrent()"))
        #expect(throws: NoCurrentRequest.self) { try Current.request }
    }
}
