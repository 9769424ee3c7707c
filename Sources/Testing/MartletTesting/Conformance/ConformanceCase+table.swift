extension ConformanceCase {
    /// What every pair of server and application is held to. The applications answer:
    ///
    /// | Path | Answer |
    /// |---|---|
    /// | `/hello` | `Hello World!` with its length |
    /// | `/echo` | POST: the body of the request |
    /// | `/status/<code>` | GET, POST: that status with the body `status <code>` |
    /// | `/headers`, and below | any method: JSON of `method`, `path` (decoded), `query` (raw), `length`, `headers` (lower-case names) |
    /// | `/head` | `GET` or `HEAD`, as the application saw it, in the field X-Method; a body of 4 bytes |
    /// | `/cookies` | two `Set-Cookie` lines |
    /// | `/bad-header` | a field with a line break in its value |
    /// | `/stream` | `one`, `two`, `three`, each with a line end, in three pieces, of unknown length |
    /// | `/short` | `short` as the stream of a body that was announced with 10 bytes |
    /// | `/error` | throws before anything is sent; the error's text has `secret` in it |
    /// | `/error-late` | streams `one` with a line end, then throws |
    public static let table: [ConformanceCase] = [
        ConformanceCase(
            "hello",
            ConformanceRequest("GET", "/hello"),
            .status(200),
            .body("Hello World!"),
            .header("Content-Length", ["12"]),
            .header("Transfer-Encoding", [])
        ),
        ConformanceCase(
            "HEAD has the length of GET and no body",
            ConformanceRequest("HEAD", "/hello"),
            .status(200),
            .body(""),
            .header("Content-Length", ["12"])
        ),
        ConformanceCase(
            "the application sees HEAD",
            ConformanceRequest("HEAD", "/head"),
            .status(200),
            .body(""),
            .header("X-Method", ["HEAD"])
        ),
        ConformanceCase(
            "HEAD of a stream",
            ConformanceRequest("HEAD", "/stream"),
            .status(200),
            .body("")
        ),
        ConformanceCase("not found", ConformanceRequest("GET", "/nothing"), .status(404)),
        ConformanceCase("method not allowed", ConformanceRequest("DELETE", "/hello"), .status(405)),

        // What the application sees of the request.
        ConformanceCase(
            "the query stays encoded",
            ConformanceRequest("GET", "/headers?a=1&b=two%20words&c"),
            .status(200),
            .json("query", "a=1&b=two%20words&c"),
            .json("path", "/headers"),
            .json("method", "GET")
        ),
        ConformanceCase(
            "no query",
            ConformanceRequest("GET", "/headers"),
            .status(200),
            .json("query", ""),
            .json("length", "")
        ),
        ConformanceCase(
            "the path is decoded once",
            ConformanceRequest("GET", "/headers/a%20b/100%2525"),
            .status(200),
            .json("path", "/headers/a b/100%25")
        ),
        ConformanceCase(
            "the path is UTF-8",
            ConformanceRequest("GET", "/headers/gr%C3%BC%C3%9Fe"),
            .status(200),
            .json("path", "/headers/grüße")
        ),
        ConformanceCase(
            "methods pass",
            ConformanceRequest("PATCH", "/headers"),
            .status(200),
            .json("method", "PATCH")
        ),
        ConformanceCase(
            "header values pass",
            ConformanceRequest("GET", "/headers", headers: [("X-One", "a b"), ("User-Agent", "table")]),
            .status(200),
            .json("headers.x-one", "a b"),
            .json("headers.user-agent", "table")
        ),
        ConformanceCase(
            "lines of one name are joined",
            ConformanceRequest("GET", "/headers", headers: [("X-Many", "a"), ("x-many", "b")]),
            .status(200),
            // RFC 9110 section 5.3 leaves the space to the recipient.
            .json("headers.x-many", "a, b", or: "a,b")
        ),
        ConformanceCase(
            "cookie lines are joined",
            ConformanceRequest("GET", "/headers", headers: [("Cookie", "a=1"), ("Cookie", "b=2")]),
            .status(200),
            .json("headers.cookie", "a=1; b=2")
        ),
        ConformanceCase(
            "the length of the body is told",
            ConformanceRequest("POST", "/headers", headers: [("Content-Type", "text/plain")], body: .whole("12345")),
            .status(200),
            .json("length", "5"),
            .json("headers.content-type", "text/plain")
        ),

        // Request bodies.
        ConformanceCase(
            "echo",
            ConformanceRequest("POST", "/echo", body: .whole("abc")),
            .status(200),
            .body("abc")
        ),
        ConformanceCase(
            "echo of nothing",
            ConformanceRequest("POST", "/echo"),
            .status(200),
            .body(""),
            .header("Content-Length", ["0"])
        ),
        ConformanceCase(
            "echo of 300 KB",
            ConformanceRequest("POST", "/echo", body: .whole(large)),
            .status(200),
            .body(large)
        ),
        ConformanceCase(
            "echo of pieces",
            ConformanceRequest("POST", "/echo", body: .pieces(["one ", "two ", "three"])),
            .status(200),
            .body("one two three")
        ),
        ConformanceCase(
            "an unread body does no harm",
            ConformanceRequest("POST", "/status/200", body: .whole(String(large.prefix(20_000)))),
            .status(200),
            .body("status 200")
        ),

        // Answers.
        ConformanceCase(
            "204 has no body",
            ConformanceRequest("GET", "/status/204"),
            .status(204),
            .body(""),
            .header("Content-Length", []),
            .header("Transfer-Encoding", [])
        ),
        ConformanceCase(
            "304 has no body",
            ConformanceRequest("GET", "/status/304"),
            .status(304),
            .body(""),
            .header("Transfer-Encoding", [])
        ),
        ConformanceCase(
            "a 500 of the application's own",
            ConformanceRequest("GET", "/status/500"),
            .status(500),
            .body("status 500")
        ),
        ConformanceCase(
            "an uncommon status",
            ConformanceRequest("GET", "/status/418"),
            .status(418),
            .body("status 418")
        ),
        ConformanceCase(
            "cookies keep a line each",
            ConformanceRequest("GET", "/cookies"),
            .status(200),
            .header("Set-Cookie", ["a=1; Path=/", "b=2; Path=/"])
        ),
        ConformanceCase(
            "stream",
            ConformanceRequest("GET", "/stream"),
            .status(200),
            .body("one\ntwo\nthree\n")
        ),

        // Failures.
        ConformanceCase(
            "an error is a 500 that says nothing",
            ConformanceRequest("GET", "/error"),
            .status(500),
            .bodyWithout("secret")
        ),
        ConformanceCase(
            "an error in the body cuts the connection",
            ConformanceRequest("GET", "/error-late"),
            .status(200),
            .bodyPrefix("one\n"),
            .aborted
        ),
        ConformanceCase(
            "a body that is shorter than announced cuts the connection",
            ConformanceRequest("GET", "/short"),
            .status(200),
            .body("short"),
            .header("Content-Length", ["10"]),
            .aborted
        ),
        ConformanceCase(
            "a line break in a header is never sent",
            ConformanceRequest("GET", "/bad-header"),
            .status(500),
            .header("X-Injected", [])
        ),
        ConformanceCase(
            "all is well afterwards",
            ConformanceRequest("GET", "/hello"),
            .status(200),
            .body("Hello World!")
        ),
    ]

    private static let large = String(repeating: "0123456789abcdef\n", count: 300 * 1024 / 17)
}
