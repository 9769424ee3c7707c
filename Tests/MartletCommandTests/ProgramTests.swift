import Testing

@testable import MartletCommand

/// Swift programs: what builds them says, and what they are called.
@Suite struct ProgramTests {
    @Test("Errors of the compiler, each once")
    func diagnostics() {
        let output = """
            [3/5] Compiling blog Blog.swift
            /srv/blog/Sources/blog/Blog.swift:12:7: error: cannot find 'x' in scope
            12 | let y = x
               |         `- error: cannot find 'x' in scope
            /srv/blog/Sources/blog/Blog.swift:12:7: error: cannot find 'x' in scope
            /srv/blog/Sources/blog/Blog.swift:14:1: warning: variable 'y' was never used
            /srv/a:b/C.swift:1:2: error: one: two
            error: fatalError
            /srv/x.swift:0:1: error: no line
            /srv/x.swift:99999999999999999999:1: error: no number
            : error: 
            """
        let found = BuildDiagnostic.all(in: output)
        #expect(found.map(\.place) == ["/srv/blog/Sources/blog/Blog.swift:12", "/srv/a:b/C.swift:1"])
        #expect(found.map(\.message) == ["cannot find 'x' in scope", "one: two"])
        let failure = BuildFailure(program: "blog", diagnostics: found)
        #expect(failure.description == "/srv/blog/Sources/blog/Blog.swift:12: cannot find 'x' in scope, and 1 more")
    }

    @Test(
        "The program of a package",
        arguments: [
            (#"{"targets":[{"name":"shop","type":"executable"},{"name":"a","type":"test"}]}"#, "shop"),
            (
                #"{"targets":[{"name":"shop","type":"regular"}]}"#,
                "the package in p has no executable target, so there is nothing to run"
            ),
            (
                #"{"targets":[{"name":"a","type":"executable"},{"name":"b","type":"executable"}]}"#,
                "the package in p has several programs: a, b. Say which one with --product"
            ),
            ("{}", "what 'swift package dump-package' prints in p cannot be read"),
            ("", "what 'swift package dump-package' prints in p cannot be read"),
        ]
    )
    func products(json: String, expected: String) {
        do throws(PackageProducts.Fault) {
            #expect(try PackageProducts.choose(from: json, of: "p") == expected)
        } catch {
            #expect(error.description == expected)
        }
    }

    @Test("The name of a package is one of a module")
    func names() throws {
        #expect(try PackageName(parsing: "my-shop").module == "my_shop")
        for name in ["", "1st", "a/b", "a b", "ü", "Swift", "martlet", String(repeating: "x", count: 101)] {
            #expect(throws: PackageName.Fault.self, "\(name)") { try PackageName(parsing: name) }
        }
    }
}
