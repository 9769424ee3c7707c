import HTTPTypes
import MartletForms
import MartletGateway
import MartletTesting
import NIOCore
import Testing

@testable import MartletFramework

/// Reading what clients send.
@Suite struct RequestTests {
    struct Order: Decodable { var item: String, count: Int, tags: [String]? }

    static let app: App = {
        let app = App(environment: .development)
        app.post("/json") { request in
            let order = try await request.json(as: Order.self, upTo: 200)
            return "\(order.count) \(order.item)"
        }
        app.post("/form") { request in
            var limits = FormLimits()
            limits.values = 3
            limits.memory = 200
            return try await request.form(limits).values.pairs.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
        }
        app.post("/text") { request in try await request.text(upTo: 10) }
        app.get("/query") { request in
            let query = request.args
            return "\(query["q"] ?? "-") \(query.all(of: "q").count) \(try query.require("page", as: Int.self))"
        }
        app.get("/cookies") { request in request.cookies.pairs.map { "\($0.name):\($0.value)" }.joined(separator: "|") }
        return app
    }()

    let client = TestClient(app)

    static let jsonBodies: [(String, HTTPResponse.Status, String)] = [
        (#"{"item":"tea","count":2}"#, .ok, "2 tea"),
        (#"{"item":"tea","count":"2"}"#, .badRequest, "`count` must be a whole number.\n"),
        (#"{"item":"tea"}"#, .badRequest, "`count` is missing.\n"),
        (#"{"item":null,"count":2}"#, .badRequest, "`item` is null; it must be a string.\n"),
        (#"{"item":"tea","count":2,"tags":["a",1]}"#, .badRequest, "`tags[1]` must be a string.\n"),
        (#"[1]"#, .badRequest, "The JSON value must be an object.\n"),
        (#"{"item""#, .badRequest, "The request body is not valid JSON.\n"),
        ("", .badRequest, "The request body is not valid JSON.\n"),
        (String(repeating: "[", count: 199), .badRequest, "The request body is not valid JSON.\n"),
        (
            String(repeating: " ", count: 201), .contentTooLarge,
            "413 Content Too Large\n\nThe request body is larger than the limit of 200 bytes.\n"
        ),
    ]

    @Test("JSON", arguments: jsonBodies)
    func json(_ body: String, _ status: HTTPResponse.Status, _ answer: String) async throws {
        try await client.post("/json", headers: [(.contentType, "application/json")], body: .text(body))
            .expect(status, body: answer)
    }

    @Test("JSON of another content type")
    func mediaType() async throws {
        let body: TestBody = #"{"item":"tea","count":2}"#
        try await client.post("/json", headers: [(.contentType, "Application/Problem+JSON; charset=utf-8")], body: body)
            .expect(.ok)
        try await client.post("/json", headers: [(.contentType, "text/plain")], body: body)
            .expect(.unsupportedMediaType, body: "The body must be sent as application/json, not text/plain.\n")
        try await client.post("/json", body: body)
            .expect(
                .unsupportedMediaType,
                body: "The body must be sent as application/json; the request has no Content-Type.\n"
            )
    }

    @Test("JSON in pieces")
    func pieces() async throws {
        try await client.post(
            "/json",
            headers: [(.contentType, "application/json")],
            body: .pieces(#"{"item":"te"#, #"a","count":2}"#)
        ).expect(.ok, body: "2 tea")
    }

    static let formBodies: [(String, HTTPResponse.Status, String)] = [
        ("a=1&b=x+y%21", .ok, "a=1|b=x y!"),
        ("a&&b==&=c", .ok, "a=|b==|=c"),
        ("a=%zz%", .ok, "a=%zz%"),
        ("a&b&c&d", .contentTooLarge, "The form has more than 3 values.\n"),
        (
            String(repeating: "a", count: 201), .contentTooLarge,
            "The values of the form are larger than 200 bytes. Large content is sent as a file.\n"
        ),
        ("a=%FF", .badRequest, "There are bytes in the value of \"a\" that are not UTF-8.\n"),
    ]

    @Test("Forms", arguments: formBodies)
    func forms(_ body: String, _ status: HTTPResponse.Status, _ answer: String) async throws {
        try await client.post(
            "/form",
            headers: [(.contentType, "application/x-www-form-urlencoded")],
            body: .text(body)
        ).expect(status, body: answer)
    }

    @Test("Text")
    func text() async throws {
        try await client.post("/text", body: "grüße").expect(.ok, body: "grüße")
        try await client.post("/text", body: .bytes(ByteBuffer(bytes: [0xFF])))
            .expect(.badRequest, body: "The request body is not valid UTF-8.\n")
    }

    @Test("Query")
    func query() async throws {
        try await client.get("/query?q=a+b&q=c&page=3").expect(.ok, body: "a b 2 3")
        try await client.get("/query?page=x").expect(
            .badRequest,
            body: "\(ValueFault(name: "page", value: "x", expected: Int.formExpectation))\n"
        )
        try await client.get("/query").expect(
            .badRequest,
            body: "\(ValueFault(name: "page", value: nil, expected: Int.formExpectation))\n"
        )
    }

    @Test("In production, what was wrong is in the log alone")
    func quiet() async throws {
        let app = App(environment: .production)
        app.get("/page") { request in "\(try request.args.require("page", as: Int.self))" }
        try await TestClient(app).get("/page?page=x").expect(.badRequest, body: "Bad Request\n")
    }

    @Test("Cookies")
    func cookies() async throws {
        try await client.get("/cookies", headers: [(.cookie, "a=1; b=\"x y\";c; =d;e=f=g"), (.cookie, "h=i")])
            .expect(.ok, body: "a:1|b:x y|c:|e:f=g|h:i")
        try await client.get("/cookies").expect(.ok, body: "")
    }
}
