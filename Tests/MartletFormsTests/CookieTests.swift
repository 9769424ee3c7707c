import MartletForms
import Testing

@Suite struct CookieTests {
    @Test(arguments: [
        ("a=1; b=2; a=3", ["a|1", "b|2", "a|3"]), ("a=1;b=2", ["a|1", "b|2"]), ("", []), (";;; ", []),
        ("a", ["a|"]), ("a=", ["a|"]), ("=1", []), (" a = 1 ;\tb=2\t", ["a|1", "b|2"]), ("a=b=c==", ["a|b=c=="]),
        ("a=\"1 2\"", ["a|1 2"]), ("a=\"1\\\"2\\\\3\\0734\"", ["a|1\"2\\3;4"]), ("a=\"\\303\\244\"", ["a|ä"]),
        ("a=\"\\400\\09\"", ["a|40009"]), ("a=\"", ["a|\""]), ("a=\"\"", ["a|"]), ("a=\"1;b=2\"", ["a|\"1", "b|2\""]),
        ("a=b c, d", ["a|b c, d"]), ("a=ä", ["a|ä"]), ("a b=1; c=2", ["c|2"]), ("\"a\"=1; c=2", ["c|2"]),
        ("a=%20", ["a|%20"]), ("__Host-a=1", ["__Host-a|1"]), ("a=\"\\\"", ["a|\\"]),
    ])
    func reading(field: String, expected: [String]) {
        #expect(RequestCookies.read(field.utf8).pairs.map { "\($0.name)|\($0.value)" } == expected)
    }

    @Test func bytesThatAreNoTextAreReplaced() {
        #expect(RequestCookies.read([0x61, 0x3D, 0xFF])["a"] == "\u{FFFD}")
    }

    @Test func anyFieldIsRead() {
        var random = Random(seed: 5)
        let letters = Array("a=;\" \\01\t,".utf8) + [0, 0xFF]
        for _ in 0..<5000 {
            let field = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                letters.randomElement(using: &random) ?? 0
            }
            #expect(RequestCookies.read(field).pairs.allSatisfy { !$0.name.isEmpty && !$0.name.contains(";") })
        }
    }

    @Test func defaults() throws {
        let cookie = SetCookie("a", "1")
        #expect(try cookie.fieldValue(isSecure: true) == "a=1; Secure; HttpOnly; Path=/; SameSite=Lax")
        #expect(try cookie.fieldValue(isSecure: false) == "a=1; HttpOnly; Path=/; SameSite=Lax")
    }

    @Test func everything() throws {
        let cookie = SetCookie(
            "a",
            "1",
            path: "/ü;v".replacing(";v", with: "v"),
            domain: ".example.com",
            maxAge: 60,
            expires: 784_111_777,
            secure: true,
            httpOnly: false,
            sameSite: SetCookie.SameSite.none,
            partitioned: true
        )
        #expect(
            try cookie.fieldValue(isSecure: false)
                == "a=1; Domain=example.com; Expires=Sun, 06 Nov 1994 08:49:37 GMT; Max-Age=60; Secure; Path=/%C3%BCv; "
                + "SameSite=None; Partitioned"
        )
        let bare = SetCookie("a", "", path: nil, httpOnly: false, sameSite: nil)
        #expect(try bare.fieldValue(isSecure: false) == "a=")
        #expect(
            try SetCookie.deleting("a").fieldValue(isSecure: true)
                == "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Secure; HttpOnly; Path=/; SameSite=Lax"
        )
    }

    @Test func secureWhereBrowsersDemandIt() throws {
        for cookie in [
            SetCookie("__Host-a", "1"), SetCookie("__secure-a", "1"),
            SetCookie("__Http-a", "1"),
            SetCookie("a", "1", sameSite: SetCookie.SameSite.none),
            SetCookie("a", "1", partitioned: true),
        ] {
            #expect(try cookie.fieldValue(isSecure: false).contains("; Secure"))
            var open = cookie
            open.secure = false
            #expect(throws: CookieFault.self) { try open.fieldValue(isSecure: true) }
        }
        #expect(try !SetCookie("a", "1", secure: false).fieldValue(isSecure: true).contains("Secure"))
    }

    @Test func valuesComeBack() throws {
        var random = Random(seed: 6)
        let scalars: [Unicode.Scalar] = ["a", " ", ";", ",", "\"", "\\", "0", "\n", "\0", "ä", "中", "=", "\u{7F}"]
        for _ in 0..<2000 {
            var value = ""
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                value.unicodeScalars.append(scalars.randomElement(using: &random) ?? "a")
            }
            let text = try SetCookie("n", value).fieldValue(isSecure: true)
            #expect(text.utf8.allSatisfy { (0x20...0x7E).contains($0) })
            let pair = text.prefix { $0 != ";" }
            #expect(RequestCookies.read(pair.utf8)["n"] == value, "\(pair)")
        }
    }

    @Test func faults() {
        says(
            SetCookie("a b", "1"),
            "\"a b\" cannot be the name of a cookie: letters, digits and !#$%&'*+-.^_`|~ (RFC 6265 section 4.1.1)."
        )
        says(
            SetCookie("", "1"),
            "\"\" cannot be the name of a cookie: letters, digits and !#$%&'*+-.^_`|~ (RFC 6265 section 4.1.1)."
        )
        says(
            SetCookie("a", "1", path: "shop"),
            "The path \"shop\" of the cookie \"a\" does not begin with a slash, or has a semicolon or a control character in it."
        )
        says(
            SetCookie("a", "1", path: "/;x"),
            "The path \"/;x\" of the cookie \"a\" does not begin with a slash, or has a semicolon or a control character in it."
        )
        says(
            SetCookie("a", "1", domain: "a b"),
            "The domain \"a b\" of the cookie \"a\" is no host name: letters, digits, hyphens and dots; others in their xn-- form."
        )
        says(
            SetCookie("__Host-a", "1", path: "/x"),
            "The cookie \"__Host-a\" must have the path \"/\" and no domain, because its name begins with __Host-. Browsers drop it otherwise."
        )
        says(
            SetCookie("__Host-Http-a", "1", httpOnly: false),
            "The cookie \"__Host-Http-a\" must be hidden from scripts, because its name begins with __Http- or __Host-Http-. Remove `httpOnly: false`."
        )
        says(
            SetCookie("__Secure-a", "1", secure: false),
            "The cookie \"__Secure-a\" must be secure, because its name begins with __Secure-. Remove `secure: false`."
        )
        says(
            SetCookie("a", String(repeating: "x", count: 4096)),
            "The cookie \"a\" has 4138 bytes; browsers drop those of more than 4096. Keep the data on the server, and only its key in the cookie."
        )
    }

    private func says(_ cookie: SetCookie, _ text: String) {
        do {
            _ = try cookie.fieldValue(isSecure: true)
            Issue.record("nothing was thrown")
        } catch {
            #expect("\(error)" == text)
        }
    }
}
