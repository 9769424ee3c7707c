import HTTPTypes
import NIOCore
import Testing

@testable import MartletGateway

@Suite struct MountsTests {
    /// Answers with its name, what it is mounted under and what it was asked for.
    private static func application(_ name: String) -> any Application {
        ApplicationClosure { .plain(.ok, "\(name) [\($0.mountPath)] [\($0.path)]") }
    }

    private static func mounts(_ paths: [String]) throws -> Mounts {
        Mounts(try paths.map { Mounts.Mount(path: try MountPath(parsing: $0), application: application($0)) })
    }

    private static func answer(_ mounts: Mounts, to target: String) async throws -> String {
        let response = try await mounts.respond(to: RequestTests.request(target))
        guard response.status == .ok, case .bytes(let body) = response.body else { return "\(response.status.code)" }
        return String(buffer: body)
    }

    static let all = ["/", "/shop", "/shop/admin", "/café"]

    @Test(
        "The longest prefix of whole segments",
        arguments: [
            ("/", "/ [] [/]"),
            ("/x?shop", "/ [] [/x]"),
            ("/shop", "/shop [/shop] []"),
            ("/shop/", "/shop [/shop] [/]"),
            ("/shop?a=/b", "/shop [/shop] []"),
            ("/shop/cart", "/shop [/shop] [/cart]"),
            ("/shopping", "/ [] [/shopping]"),
            ("/shop-x/", "/ [] [/shop-x/]"),
            ("/sho", "/ [] [/sho]"),
            ("/Shop", "/ [] [/Shop]"),
            ("/shop/admin", "/shop/admin [/shop/admin] []"),
            ("/shop/admin/x/", "/shop/admin [/shop/admin] [/x/]"),
            ("/shop/admins", "/shop [/shop] [/admins]"),
            // Percent-encoding of letters means the letters, of a slash never a slash.
            ("/sh%6fp/a%20b", "/shop [/shop] [/a b]"),
            ("/%73%68%6F%70", "/shop [/shop] []"),
            ("/shop%2Fcart", "/ [] [/shop/cart]"),
            ("/shop%2fadmin", "/ [] [/shop/admin]"),
            ("/%2Fshop", "/ [] [//shop]"),
            ("%2Fshop", "404"),
            ("/shop%", "/ [] [/shop%]"),
            ("/shop%2", "/ [] [/shop%2]"),
            ("/shop%00", "/ [] [/shop\0]"),
            ("/sh%256fp", "/ [] [/sh%6fp]"),
            ("/caf%C3%A9/x", "/café [/café] [/x]"),
            // Nothing is resolved: neither into a mount nor out of it.
            ("/shop/../admin", "/shop [/shop] [/../admin]"),
            ("/shop/..", "/shop [/shop] [/..]"),
            ("/shop/%2e%2e/", "/shop [/shop] [/../]"),
            ("/x/../shop", "/ [] [/x/../shop]"),
            ("/./shop", "/ [] [/./shop]"),
            ("//shop", "/ [] [//shop]"),
            ("/shop//admin", "/shop [/shop] [//admin]"),
            ("*", "/ [] []"),
        ]
    )
    func matches(target: String, expected: String) async throws {
        for paths in [Self.all, Self.all.reversed()] {
            #expect(try await Self.answer(Self.mounts(paths), to: target) == expected)
        }
    }

    @Test("Without an application at the root, the rest is not found")
    func nothingAtTheRoot() async throws {
        let mounts = try Self.mounts(["/shop"])
        for target in ["/", "/shopping", "*", "//shop"] { #expect(try await Self.answer(mounts, to: target) == "404") }
        #expect(try await Self.answer(mounts, to: "/shop/x") == "/shop [/shop] [/x]")
    }

    @Test("Mounts inside a mount add up")
    func nested() async throws {
        let inner = try Self.mounts(["/admin"])
        let outer = Mounts([.init(path: try MountPath(parsing: "/shop"), application: inner)])
        #expect(try await Self.answer(outer, to: "/shop/admin/x") == "/admin [/shop/admin] [/x]")
    }

    @Test(
        "A path that another server would read as one of another mount is not passed on",
        arguments: [
            ("/x/../admin", "400"), ("//admin", "400"), ("/./admin/", "400"), ("/x/%2e%2e/admin", "400"),
            ("/admin%2fsecret", "400"), ("/admin;a=b/x", "400"), ("/%5cadmin", "400"), ("/a\\..\\admin", "400"),
            ("/x/..", "/ [] [/x/..]"), ("/a%20b/./c", "/ [] [/a b/./c]"),
            ("/administrators//x", "/ [] [/administrators//x]"),
            ("/admin/../x", "400"), ("/admin/..", "400"), ("/admin/x/../y", "/admin [/admin] [/x/../y]"),
            ("/%252fadmin", "/ [] [/%2fadmin]"),
        ]
    )
    func pathsThatAreReadInTwoWays(target: String, answer: String) async throws {
        let mounts = Mounts(
            try ["/", "/admin"].map {
                Mounts.Mount(
                    path: try MountPath(parsing: $0),
                    application: Self.application($0),
                    passesPathsOn: true
                )
            }
        )
        #expect(try await Self.answer(mounts, to: target) == answer, "\(target)")
    }
}

@Suite struct MountPathTests {
    @Test(
        "Different spellings of one path are equal",
        arguments: [
            ("/", "/", 0), ("/shop", "/shop", 1), ("/shop/", "/shop", 1), ("/sh%6Fp", "/shop", 1),
            ("/caf%C3%A9", "/café", 1),
            ("/a/b", "/a/b", 2), ("/100%", "/100%", 1),
        ]
    )
    func reads(text: String, description: String, depth: Int) throws {
        let path = try MountPath(parsing: text)
        #expect(path.description == description)
        #expect(path.depth == depth)
        #expect(path == (try MountPath(parsing: description)))
    }

    @Test(
        "What cannot be a prefix is refused",
        arguments: [
            ("", "it must begin with a slash"), ("shop", "it must begin with a slash"),
            ("//", "it has two slashes in a row"), ("/a//b", "it has two slashes in a row"),
            ("/a%2Fb", "an encoded slash (%2F) separates nothing"),
            ("/a/../b", "write the path without '..'"), ("/%2e", "write the path without '%2e'"),
            ("/a?b", "'?' cannot stand in a path"), ("/a#b", "'#' cannot stand in a path"),
            ("/a%00", "it has a control character in it"),
        ]
    )
    func refuses(text: String, problem: String) {
        #expect(throws: MountPathError(text: text, problem: problem)) { try MountPath(parsing: text) }
    }
}
