import HTTPTypes
import MartletGateway
import NIOCore
import Testing

@testable import MartletTesting

/// What the client does as a browser does: cookies, redirects, forms.
@Suite struct BrowserTests {
    private static func client(
        scheme: String = "http",
        keepsCookies: Bool = true,
        followsRedirects: Bool = false,
        _ respond: @escaping @Sendable (Request) async throws -> Response
    ) -> TestClient {
        TestClient(
            ApplicationClosure(respond),
            scheme: scheme,
            keepsCookies: keepsCookies,
            followsRedirects: followsRedirects
        )
    }

    /// Sets what the query says, and answers what it was sent.
    private static let cookies: @Sendable (Request) -> Response = { request in
        var response = Response.plain(.ok, request.headers[.cookie] ?? "-")
        for cookie in request.query.split(separator: "&") {
            response.headers.append(.setCookie, String(cookie.replacing("+", with: " ")))
        }
        return response
    }

    @Test("Cookies are kept and sent back, where they belong")
    func jar() async throws {
        let client = Self.client { Self.cookies($0) }
        try await client.get("/?a=1&b=2;+Path=/deep;+HttpOnly&c=3;+Secure").expect(.ok, body: "-")
        try await client.get("/").expect(.ok, body: "a=1")
        try await client.get("/deep").expect(.ok, body: "b=2; a=1")
        try await client.get("/deeper").expect(.ok, body: "a=1")
        try await client.get("/deep/er").expect(.ok, body: "b=2; a=1")
        #expect(client.cookies["a"] == "1")
        #expect(client.cookies.names == ["a", "b", "c"])
        try await client.get("/", headers: [(.cookie, "own=1")]).expect(.ok, body: "own=1")
        try await client.get("/?a=4;+Max-Age=100&b=;+Path=/deep;+Max-Age=0").expect(.ok, body: "a=1")
        try await client.get("/deep?a=;+Path=/;+Expires=Thu,+01+Jan+1970+00:00:00+GMT").expect(.ok, body: "a=4")
        try await client.get("/deep").expect(.ok, body: "-")
        client.cookies["theme"] = "dark"
        try await client.get("/").expect(.ok, body: "theme=dark")
        client.cookies.clear()
        try await client.get("/").expect(.ok, body: "-")
    }

    @Test("Without a Path a cookie belongs to the folder of what has set it")
    func defaultPath() async throws {
        let client = Self.client { Self.cookies($0) }
        try await client.get("/shop/cart?a=1").expect(.ok)
        try await client.get("/shop/other").expect(.ok, body: "a=1")
        try await client.get("/").expect(.ok, body: "-")
    }

    @Test("Secure cookies go over https, and a client can do without any")
    func secure() async throws {
        let secure = Self.client(scheme: "https") { Self.cookies($0) }
        try await secure.get("/?a=1;+Secure").expect(.ok)
        try await secure.get("/").expect(.ok, body: "a=1")
        let forgetful = Self.client(keepsCookies: false) { Self.cookies($0) }
        try await forgetful.get("/?a=1").expect(.ok)
        try await forgetful.get("/").expect(.ok, body: "-")
    }

    @Test(
        "Redirects are followed as browsers do",
        arguments: [
            ("POST", 302, "/end", "GET /end -"), ("POST", 301, "/end?x=1", "GET /end?x=1 -"),
            ("POST", 303, "/end", "GET /end -"), ("PUT", 303, "/end", "GET /end -"),
            ("PUT", 302, "/end", "PUT /end body"),
            ("POST", 307, "/end", "POST /end body"), ("POST", 308, "/end", "POST /end body"),
            ("GET", 302, "end", "GET /a/end -"), ("GET", 302, "../end", "GET /end -"),
            ("GET", 302, "../../../end/.", "GET /end/ -"),
            ("GET", 302, "?q", "GET /a/start?q -"), ("GET", 302, "http://localhost/end", "GET /end -"),
            ("GET", 302, "http://localhost", "GET / -"), ("GET", 302, "//localhost/end#part", "GET /end -"),
        ]
    )
    func redirects(method: String, status: Int, location: String, end: String) async throws {
        let client = Self.client(followsRedirects: true) { request in
            guard request.target == "/a/start" else {
                let body = String(buffer: try await request.body.collect(upTo: 100))
                return .plain(.ok, "\(request.method) \(request.target) \(body.isEmpty ? "-" : body)")
            }
            return Response(status: HTTPResponse.Status(code: status), headers: Headers([(.location, location)]))
        }
        let body: TestBody = method == "GET" ? .none : "body"
        let answer = try await client.send(
            TestRequest(try #require(HTTPRequest.Method(method)), "/a/start", body: body)
        )
        try answer.expect(.ok, body: end)
    }

    @Test("Other hosts are left alone, cookies are kept on the way, and circles end")
    func redirectEnds() async throws {
        let client = Self.client(followsRedirects: true) { request in
            switch request.path {
            case "/away": Response(status: .found, headers: Headers([(.location, "https://other.example/")]))
            case "/circle": Response(status: .found, headers: Headers([(.location, "/circle")]))
            case "/login":
                Response(status: .seeOther, headers: Headers([(.location, "/home"), (.setCookie, "user=ada; Path=/")]))
            default: .plain(.ok, request.headers[.cookie] ?? "-")
            }
        }
        try await client.get("/away").expect(.found).expectRedirect(to: "https://other.example/")
        try await client.post("/login").expect(.ok, body: "user=ada")
        let error = await #expect(throws: TooManyRedirects.self) { try await client.get("/circle") }
        #expect(error?.description == "More than 20 redirects: /circle → /circle → /circle → /circle …")
    }

    @Test("Forms, files and JSON are sent as browsers send them")
    func bodies() async throws {
        let client = Self.client { request in
            .plain(
                .ok,
                "\(request.headers[.contentType] ?? "-")\n"
                    + String(buffer: try await request.body.collect(upTo: 10_000))
            )
        }
        try await client.post("/", form: ["a b": "1&2", "ü": ""])
            .expect(.ok, body: "application/x-www-form-urlencoded\na%20b=1%262&%C3%BC=")
        try await client.post("/", json: ["a": 1]).expect(.ok, body: "application/json\n{\"a\":1}")
        try await client.put("/", json: [1, 2]).expect(.ok, body: "application/json\n[1,2]")
        let text = try await client.post(
            "/",
            form: ["title": "Sea"],
            files: [TestFile("photo\"", fileName: "a\nb.txt", "data")]
        ).text
        let boundary = try #require(text.split(separator: "\n").first?.split(separator: "=").last)
        #expect(
            text == "multipart/form-data; boundary=\(boundary)\n"
                + "--\(boundary)\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nSea\r\n"
                + "--\(boundary)\r\nContent-Disposition: form-data; name=\"photo%22\"; filename=\"a%0Ab.txt\"\r\nContent-Type: text/plain\r\n\r\ndata\r\n"
                + "--\(boundary)--\r\n"
        )
    }

    @Test("Failed expectations say what came instead")
    func expectations() async throws {
        let long = String(repeating: "line\n", count: 20)
        let client = Self.client { request in
            request.path == "/json" ? .plain(.ok, "{\"a\":1}") : .plain(.ok, long + "end")
        }
        let answer = try await client.get("/x")
        #expect(throws: Never.self) { try answer.expect(.ok, containing: "line", "end") }
        let part = #expect(throws: ExpectationFailed.self) { try answer.expect(containing: "line", "none") }
        #expect(part?.description.contains("GET /x: expected \"none\" in the body. It answered 200 OK") == true)
        let whole = #expect(throws: ExpectationFailed.self) { try answer.expect(body: long + "END") }
        #expect(
            whole?.description.contains(
                "which differs from line 21 on: \"line\\nline\\nline\\nline\\nEND\" against \"line\\nline\\nline\\nline\\nend\""
            ) == true
        )
        let redirect = #expect(throws: ExpectationFailed.self) { try answer.expectRedirect(to: "/") }
        #expect(redirect?.description.contains("expected a redirect to \"/\", but there is no Location") == true)
        let json = try await client.get("/json")
        try json.expect(.ok, json: ["a": 1])
        let other = #expect(throws: ExpectationFailed.self) { try json.expect(json: ["a": 2]) }
        #expect(other?.description.contains("expected [\"a\": 2], but it is [\"a\": 1]") == true)
        #expect(throws: ExpectationFailed.self) { try json.expect(json: [1]) }
    }
}
