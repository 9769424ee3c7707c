import Testing

@testable import MartletFramework

@Suite struct RoutePatternTests {
    static let malformedPatterns: [(String, String)] = [
        ("hello", "it must begin with a slash"),
        ("", "it must begin with a slash"),
        ("/a//b", "it has two slashes in a row"),
        ("/a?b", "`?` cannot stand in it: a route is a path, without query or fragment"),
        ("/<id", "`<id` has a `<` without a `>`"),
        ("/id>", "`id>` has a `>` without a `<`"),
        ("/<a><b>", "`<a><b>` has two parameters; put a slash between them"),
        ("/<>", "`<>` needs a name of letters, digits and underscores: <id> or <int:id>"),
        ("/<int:>", "`<int:>` needs a name of letters, digits and underscores: <id> or <int:id>"),
        ("/<a>/<a>", "it has two parameters named `a`"),
        ("/:id", "`:id` would be plain text: a parameter is written <id>"),
        ("/{id}", "`{id}` would be plain text: a parameter is written <id>"),
        ("/<any:x>", "`any` needs words: <any(en,de):language>"),
        ("/<path:a>/<path:b>", "it has two `path` parameters, so that a URL could be split in several ways"),
        (
            "/<itn:id>",
            "there is no converter `itn`; did you mean `int`? Known are string, int, float, path, uuid, any; for a type of your own write <name> and let the handler take that type"
        ),
    ]

    @Test("What is malformed, and what to do", arguments: malformedPatterns)
    func malformed(_ text: String, _ message: String) {
        let error = #expect(throws: RoutePattern.Malformed.self) { try RoutePattern(parsing: text) }
        #expect(error?.description == message)
    }

    @Test("The handler's types are held against the pattern")
    func types() throws {
        func check(_ text: String, _ types: [ParameterType]) throws {
            _ = try RoutePattern(parsing: text).matchers(for: types)
        }
        try check("/<int:id>", [ParameterType(Int.self)])
        try check("/<id>", [ParameterType(Int.self)])
        try check("/<int:id>", [ParameterType(String.self)])
        #expect(
            throws: RoutePattern.Malformed(
                description: "`id` is an `int` in it, but the handler takes Double: write <float:id> or <id>"
            )
        ) { try check("/<int:id>", [ParameterType(Double.self)]) }
        #expect(
            throws: RoutePattern.Malformed(
                description: "it has 2 parameters (a, b), but the handler takes 1 value from the path (Int)"
            )
        ) { try check("/<a>/<b>", [ParameterType(Int.self)]) }
        #expect(
            throws: RoutePattern.Malformed(
                description: "it has 0 parameters, but the handler takes 1 value from the path (Int)"
            )
        ) { try check("/a", [ParameterType(Int.self)]) }
    }
}
