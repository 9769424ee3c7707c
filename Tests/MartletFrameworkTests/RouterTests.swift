import HTTPTypes
import Testing

@testable import MartletFramework

/// The router alone: patterns in, outcomes out.
@Suite struct RouterTests {
    /// A router whose values are the patterns themselves, all for GET.
    static func router(_ patterns: [String]) throws -> Router<String> {
        var router = Router<String>()
        for pattern in patterns { #expect(try router.add(rule(pattern)).isEmpty) }
        return router
    }

    static func rule(
        _ pattern: String,
        _ methods: [HTTPRequest.Method] = [.get],
        line: UInt = 1,
        types: [ParameterType]? = nil
    ) throws -> Router<String>.Rule {
        let parsed = try RoutePattern(parsing: pattern)
        return Router.Rule(
            pattern: parsed,
            matchers: try parsed.matchers(for: types),
            methods: methods,
            value: pattern,
            location: SourceLocation(file: "app/main.swift", line: line)
        )
    }

    static func match<Value>(_ router: Router<Value>, _ path: String, _ method: HTTPRequest.Method = .get) -> String {
        switch Array(path.utf8).withUnsafeBytes({ router.match(method, path: $0) }) {
        case .found(let value, let values): ([("\(value)")] + values).joined(separator: " ")
        case .mounted(let value, let length): "\(value) + \(path.dropFirst(length))"
        case .redirect(let path): "308 " + String(decoding: path, as: UTF8.self)
        case .wrongMethod(let allowed): "405 " + allowed.map(\.rawValue).joined(separator: ",")
        case .notFound: "404"
        }
    }

    static let table: [(patterns: [String], path: String, expected: String)] = [
        (["/"], "/", "/"),
        (["/"], "", "/"),
        (["/"], "/x", "404"),
        (["/hello"], "/hello", "/hello"),
        (["/hello"], "/hell", "404"),
        (["/hello"], "/helloo", "404"),
        (["/hello"], "hello", "404"),
        (["/a/b/c"], "/a/b/c", "/a/b/c"),
        (["/a/b/c"], "/a/b", "404"),
        // Percent-encoding: decoded once, after splitting.
        (["/hello"], "/%68ello", "/hello"),
        (["/café"], "/caf%C3%A9", "/café"),
        (["/a/b"], "/a%2Fb", "404"),
        (["/<name>"], "/a%2Fb", "/<name> a/b"),
        (["/<name>"], "/100%2525", "/<name> 100%25"),
        (["/<name>"], "/50%", "/<name> 50%"),
        (["/a b"], "/a%20b", "/a b"),
        // Converters.
        (["/<int:id>"], "/7", "/<int:id> 7"),
        (["/<int:id>"], "/007", "/<int:id> 007"),
        (["/<int:id>"], "/-7", "404"),
        (["/<int:id>"], "/+7", "404"),
        (["/<int:id>"], "/7a", "404"),
        (["/<int:id>"], "/", "404"),
        (["/<float:x>"], "/1.5", "/<float:x> 1.5"),
        (["/<float:x>"], "/1", "404"),
        (["/<float:x>"], "/1.", "404"),
        (["/<float:x>"], "/inf", "404"),
        (["/<any(en,de):l>"], "/de", "/<any(en,de):l> de"),
        (["/<any(en, de):l>"], "/de", "/<any(en, de):l> de"),
        (["/<any(en,de):l>"], "/fr", "404"),
        (
            ["/<uuid:u>"], "/0f8fad5b-d9cb-469f-a165-70867728950e",
            "/<uuid:u> 0f8fad5b-d9cb-469f-a165-70867728950e"
        ),
        (["/<uuid:u>"], "/0f8fad5bd9cb469fa16570867728950e", "404"),
        (["/<path:p>"], "/a/b/c", "/<path:p> a/b/c"),
        (["/<path:p>"], "/a/b/", "/<path:p> a/b/"),
        (["/<path:p>"], "/a//b", "/<path:p> a//b"),
        (["/<path:p>"], "/", "404"),
        (["/<path:p>/edit"], "/a/b/edit", "/<path:p>/edit a/b"),
        (["/<path:p>/edit"], "/edit/edit/edit", "/<path:p>/edit edit/edit"),
        (["/<path:p>/edit"], "/edit", "404"),
        (["/<name>.json"], "/a.json", "/<name>.json a"),
        (["/<name>.json"], "/.json", "404"),
        (["/v<int:n>/x"], "/v12/x", "/v<int:n>/x 12"),
        (["/<a>/<int:b>/<c>"], "/x/1/y", "/<a>/<int:b>/<c> x 1 y"),
        // Which rule wins, and leaving a branch that leads nowhere.
        (["/<name>", "/new"], "/new", "/new"),
        (["/<path:p>", "/<name>", "/<int:id>", "/<float:f>"], "/7", "/<int:id> 7"),
        (["/<path:p>", "/<name>", "/<int:id>", "/<float:f>"], "/7.5", "/<float:f> 7.5"),
        (["/<path:p>", "/<name>", "/<int:id>"], "/x", "/<name> x"),
        (["/<path:p>", "/<name>", "/<int:id>"], "/x/y", "/<path:p> x/y"),
        (["/<name>", "/<name>.json"], "/a.json", "/<name>.json a"),
        (["/<name>", "/<any(a,b):x>"], "/a", "/<any(a,b):x> a"),
        (["/new/a", "/<name>/b"], "/new/b", "/<name>/b new"),
        (["/<int:id>/a", "/<name>/b"], "/7/b", "/<name>/b 7"),
        // Slashes at the end and in a row.
        (["/about/"], "/about/", "/about/"),
        (["/about/"], "/about", "308 /about/"),
        (["/about"], "/about/", "404"),
        (["/<name>/"], "/a%20b", "308 /a%20b/"),
        (["/about", "/about/"], "/about", "/about"),
        (["/about", "/about/"], "/about/", "/about/"),
        (["/a/b"], "//a///b", "308 /a/b"),
        (["/a/b/"], "/a//b", "308 /a/b/"),
        (["/a/b"], "//evil.example/", "404"),
        (["/<name>/"], "//evil.example", "308 /evil.example/"),
    ]

    @Test("Matching", arguments: table)
    func matching(_ row: (patterns: [String], path: String, expected: String)) throws {
        #expect(Self.match(try Self.router(row.patterns), row.path) == row.expected)
        #expect(Self.match(try Self.router(row.patterns.reversed()), row.path) == row.expected)
    }

    @Test("Methods are looked for in every rule that matches")
    func methods() throws {
        var router = Router<String>()
        _ = router.add(try Self.rule("/new", [.post]))
        _ = router.add(try Self.rule("/<name>", [.get]))
        #expect(Self.match(router, "/new", .post) == "/new")
        #expect(Self.match(router, "/new", .get) == "/<name> new")
        #expect(Self.match(router, "/new", .head) == "/<name> new")
        #expect(Self.match(router, "/new", .delete) == "405 POST,GET")
        #expect(Self.match(router, "/old", .post) == "405 GET")
    }

    @Test("Mounts take whole segments; routes below them come first")
    func mounts() throws {
        var router = Router<String>()
        _ = router.add(try Self.rule("/legacy/new"))
        _ = router.add(try Self.rule("/<path:rest>"))
        _ = router.addMount(try Self.rule("/legacy", []))
        #expect(Self.match(router, "/legacy") == "/legacy + ")
        #expect(Self.match(router, "/legacy/") == "/legacy + /")
        #expect(Self.match(router, "/legacy//x") == "/legacy + //x")
        #expect(Self.match(router, "/%6Cegacy/x") == "/legacy + /x")
        #expect(Self.match(router, "/legacy/new") == "/legacy/new")
        #expect(Self.match(router, "/legacy/new", .post) == "/legacy + /new")
        #expect(Self.match(router, "/legacyx") == "/<path:rest> legacyx")
        #expect(!router.addMount(try Self.rule("/legacy", [])).isEmpty)
    }

    @Test("A clash names both places")
    func clash() throws {
        var router = Router<String>()
        _ = router.add(try Self.rule("/users/<int:id>", [.get, .post], line: 4))
        let clashes = router.add(try Self.rule("/users/<int:user>", [.get], line: 9))
        #expect(
            clashes.map(\.description) == [
                "app/main.swift:9: GET /users/<int:user> matches the same paths as /users/<int:id>; the other one is at app/main.swift:4."
            ]
        )
        let twins = router.add(try Self.rule("/users/<int:id>", [.post], line: 10))
        #expect(
            twins.map(\.description) == [
                "app/main.swift:10: POST /users/<int:id> is registered twice; the other one is at app/main.swift:4."
            ]
        )
        #expect(router.add(try Self.rule("/users/<name>")).isEmpty)
    }

    @Test("A long path costs no more than its length")
    func longPath() throws {
        let router = try Self.router(["/<path:p>/edit/<a>", "/<path:p>/edit/<int:b>/x", "/<a>/<b>/<c>/end"])
        let path = String(repeating: "/edit", count: 4000)
        #expect(Self.match(router, path + "/y/z") == "404")
    }

    @Test(
        "Any bytes are a path",
        arguments: [[0x2F, 0xFF], [0x2F, 0x25], [0x2F, 0x25, 0x46], [0x2F, 0, 0x2F], [0x2F, 0x2F]]
    )
    func anyBytes(_ bytes: [UInt8]) throws {
        let router = try Self.router(["/<int:id>", "/<a>/x", "/<path:p>/y"])
        guard case .notFound = bytes.withUnsafeBytes({ router.match(.get, path: $0) }) else {
            Issue.record("found something")
            return
        }
    }
}
