import Testing

@testable import MartletPages

/// An error as HTML, as text and as JSON.
@Suite struct ErrorPageTests {
    private static let quiet = ErrorPage(status: 404, title: "Not Found", request: "2s-1")

    private static let full = ErrorPage(
        status: 500,
        title: "Internal Server Error",
        message: "no <user> & no \"name\"",
        kind: "Broken",
        hints: ["Look at it."],
        sections: [
            .init(
                "Route",
                [
                    .facts([.init("pattern", "/users/<int:id>"), .init("name", "user")]),
                    .excerpt(
                        Excerpt(place: "main.swift:9", first: 8, lines: ["let a = 1", "", "app.get()"], marked: 10)
                    ),
                ]
            ),
            .init("Routes", [.table([["METHODS", "PATTERN"], ["GET", "/users/<int:id>"], ["GET, POST", "/"]])]),
            .init(
                "Stack",
                [
                    .frames([
                        StackFrame(
                            function: "view",
                            excerpt: Excerpt(place: "app.py:1", first: 1, lines: ["1 < 2"], marked: 1),
                            isOwn: true
                        )
                    ])
                ]
            ),
        ],
        request: "2s-1",
        remark: "This is shown in development only."
    )

    @Test("As text")
    func text() {
        #expect(Self.quiet.text == "Not Found\n")
        #expect(ErrorPage(status: 409, title: "Conflict", message: "Too late.").text == "Too late.\n")
        #expect(
            ErrorPage(status: 500, title: "Internal Server Error", request: "2s-1").text
                == "Internal Server Error\nRequest 2s-1\n"
        )
        #expect(
            Self.full.text == """
                500 Internal Server Error

                Broken: no <user> & no "name"

                Hint: Look at it.

                Route
                  pattern  /users/<int:id>
                  name     user
                  main.swift:9
                     8 | let a = 1
                     9 | 
                  > 10 | app.get()

                Routes
                  METHODS    PATTERN
                  GET        /users/<int:id>
                  GET, POST  /

                Stack
                  app.py:1 in view
                  > 1 | 1 < 2

                Request 2s-1

                This is shown in development only.

                """
        )
    }

    @Test("As HTML: everything is escaped, nothing is a script, and every element ends")
    func html() {
        let page = Self.full.html
        #expect(page.contains("<title>500 Broken</title>"))
        #expect(page.contains("<p class=\"message\">no &lt;user&gt; &amp; no &quot;name&quot;</p>"))
        #expect(page.contains("<span class=\"marked\"><i>10</i>app.get()\n</span>"))
        #expect(page.contains("<td>/users/&lt;int:id&gt;</td>"))
        #expect(page.contains("<details class=\"own\" open>"))
        #expect(page.contains("<p>Request <code>2s-1</code></p>\n<p>This is shown in development only.</p>"))
        #expect(!page.contains("<script") && !page.contains("{content}") && !page.contains("{title}"))
        for name in ["section", "table", "details", "dl", "pre", "main", "html"] {
            #expect(
                page.split(separator: "<\(name)").count - 1 == page.split(separator: "</\(name)>").count - 1,
                "\(name)"
            )
        }
        // A title that names a place of the skeleton is text.
        #expect(ErrorPage(status: 500, title: "", message: "", kind: "{content}").html.contains("<h1>{content}</h1>"))
    }

    @Test("As JSON")
    func problem() {
        #expect(
            Self.quiet.rendered(as: .problem)
                == #"{"type":"about:blank","title":"Not Found","status":404,"instance":"2s-1","request":"2s-1"}"# + "\n"
        )
        #expect(
            Self.full.rendered(as: .problem)
                == #"{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"no <user> & no \"name\"","error":"Broken","hints":["Look at it."],"instance":"2s-1","request":"2s-1"}"#
                + "\n"
        )
    }

    @Test(
        "What a client would like",
        arguments: [
            (nil, ErrorFormat.text), ("", .text), ("*/*", .text), ("image/avif,*/*;q=0.8", .text),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", .html), ("text/plain", .text),
            ("application/json", .problem), ("application/json, text/plain, */*", .problem),
            ("application/problem+json", .problem), ("text/html;q=0.5, application/json;q=0.4", .html),
            ("text/html;q=0", .text), ("TEXT/HTML", .html),
            ("application/vnd.api+json;v=1, */*", .problem), ("text/html, image/svg+json", .html),
            ("application/json, text/html", .html), ("text/html, application/json", .html),
            ("*/*, application/json, text/html", .html), ("text/html;q=0.8, application/json", .problem),
            ("application/problem+json, text/html, */*", .html), ("application/json, text/plain", .problem),
            ("a+json;q=1", .problem), ("text/html;q=x,;,", .text),
        ] as [(String?, ErrorFormat)]
    )
    func format(accept: String?, format: ErrorFormat) {
        #expect(ErrorFormat(accept: accept) == format)
    }

    @Test("Lines of a file")
    func excerpts() throws {
        let text = "a\r\nb\nc\u{7}\n" + String(repeating: "x", count: 1000) + "\n\n"
        let excerpt = try #require(Excerpt(of: text, line: 2, place: "f:2", before: 1, after: 9))
        #expect(excerpt.first == 1 && excerpt.marked == 2)
        #expect(excerpt.lines.map(\.count) == [1, 1, 2, 240])
        #expect(excerpt.lines.prefix(3) == ["a", "b", "c\u{FFFD}"])
        #expect(Excerpt(of: text, line: 0, place: "") == nil)
        #expect(Excerpt(of: text, line: 7, place: "") == nil)
        #expect(Excerpt(of: "", line: 1, place: "")?.lines == [""])
    }

    @Test("What a field of the request shows")
    func masks() {
        let cases = [
            ("Authorization", "Basic dXNlcg==", "Basic [redacted]"), ("authorization", "raw", "[redacted]"),
            ("Cookie", "a=1; b", "a=[redacted]; b=[redacted]"), ("X-Api-Key", "k", "[redacted]"),
            ("Referer", "http://x/?password=1", "http://x/?password=[redacted]"), ("Accept", "*/*", "*/*"),
            ("X-CSRF-Token", "t", "[redacted]"),
        ]
        for (name, value, shown) in cases { #expect(HeaderMask.shown(value, of: name) == shown) }
    }

    @Test("A page that comes from Python")
    func records() {
        var page = ErrorPage(status: 500, title: "Internal Server Error")
        func record(_ fields: String...) -> String { fields.joined(separator: "\u{1F}") + "\u{1E}" }
        page.read(
            records: record("fact", "lost", "no section yet") + record("kind", "KeyError") + record("message", "'x'")
                + record("hint", "h") + record("section", "Your code")
                + record("frame", "view", "app.py:2", "own", "1", "2", "a", "b") + record("frame", "broken", "x")
                + record("frame", "call", "lib.py:1", "", "1", "1", "c") + record("section", "Request")
                + record("fact", "Method", "GET") + record("header", "Cookie", "a=1")
                + record("query", "key=k&a=b+c%20d&e")
                + record("url", "/?token=1") + record("text", "t\nu") + record("what", "?") + "\u{1E}"
        )
        #expect(
            page
                == ErrorPage(
                    status: 500,
                    title: "Internal Server Error",
                    message: "'x'",
                    kind: "KeyError",
                    hints: ["h"],
                    sections: [
                        .init(
                            "Your code",
                            [
                                .frames([
                                    StackFrame(
                                        function: "view",
                                        excerpt: Excerpt(place: "app.py:2", first: 1, lines: ["a", "b"], marked: 2),
                                        isOwn: true
                                    ),
                                    StackFrame(
                                        function: "call",
                                        excerpt: Excerpt(place: "lib.py:1", first: 1, lines: ["c"], marked: 1),
                                        isOwn: false
                                    ),
                                ])
                            ]
                        ),
                        .init(
                            "Request",
                            [
                                .facts([
                                    .init("Method", "GET"), .init("Cookie", "a=[redacted]"),
                                    .init("args[\"key\"]", "[redacted]"), .init("args[\"a\"]", "b c d"),
                                    .init("args[\"e\"]", ""), .init("URL", "/?token=[redacted]"),
                                ]),
                                .text("t\nu"),
                            ]
                        ),
                    ]
                )
        )
    }
}
