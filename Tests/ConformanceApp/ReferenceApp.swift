import HTTPTypes
package import MartletFramework
import MartletGateway

/// The application of the conformance table, written with the framework. `Tests/Conformance/raw.py` and `flask_app.py` are the
/// same. ``MatrixRoutes`` has what the matrix of listeners and applications asks for besides.
package func referenceApp() -> App {
    let app = App()
    app.get("/hello") { "Hello World!" }
    app.post("/echo") { request in
        Response(body: .bytes(try await request.body.collect(upTo: 1 << 24)))
    }
    app.route("/status/<int:code>", methods: [.get, .post]) { (code: Int) in
        "status \(code)".status(HTTPResponse.Status(code: code))
    }
    for path in ["/headers", "/headers/<path:rest>"] {
        app.route(path, methods: [.get, .post, .put, .patch, .delete]) { request in Seen(request) }
    }
    app.get("/head") { request in "head".header(.xMethod, request.method.rawValue) }
    app.get("/cookies") {
        "".header(.setCookie, "a=1; Path=/").header(.setCookie, "b=2; Path=/")
    }
    app.get("/bad-header") {
        var headers = Headers()
        headers.append("X-Text", "a\r\nX-Injected: b")
        return Response(headers: headers)
    }
    app.get("/stream") {
        Response.stream { writer in for text in ["one\n", "two\n", "three\n"] { try await writer.write(text) } }
    }
    app.get("/short") {
        Response.stream(length: 10) { writer in try await writer.write("short") }
    }
    app.get("/error") { () -> String in throw Failure(text: "secret") }
    app.get("/error-late") {
        Response.stream { writer in
            try await writer.write("one\n")
            throw Failure(text: "secret")
        }
    }
    return app
}

struct Failure: Error {
    let text: String
}

/// What arrived.
struct Seen: Encodable {
    let method: String
    let path: String
    let query: String
    let length: String
    let headers: [String: String]

    init(_ request: Request) {
        method = request.method.rawValue
        path = request.mountPath + request.path
        query = request.query
        length = request.headers[.contentLength] ?? ""
        var headers: [String: String] = [:]
        for name in ["x-one", "x-many", "user-agent", "content-type", "cookie"] {
            headers[name] = HTTPField.Name(name).flatMap { request.headers[$0] }
        }
        self.headers = headers
    }
}

extension HTTPField.Name {
    static let xMethod = HTTPField.Name("X-Method") ?? .via
}
