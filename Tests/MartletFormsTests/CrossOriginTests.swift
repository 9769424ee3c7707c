import MartletForms
import Testing

@Suite struct CrossOriginTests {
    /// Method, Sec-Fetch-Site, Origin, Host, and whether it is allowed: Go's own cases first.
    private static let cases: [(String, String?, String?, String?, Bool)] = [
        ("POST", "same-origin", nil, "example.com", true), ("POST", "none", nil, "example.com", true),
        ("POST", "cross-site", nil, "example.com", false), ("POST", "same-site", nil, "example.com", false),
        ("POST", nil, nil, "example.com", true), ("POST", nil, "https://example.com", "example.com", true),
        ("POST", nil, "https://attacker.example", "example.com", false), ("POST", nil, "null", "example.com", false),
        ("GET", "cross-site", nil, "example.com", true), ("HEAD", "cross-site", nil, "example.com", true),
        ("OPTIONS", "cross-site", nil, "example.com", true), ("PUT", "cross-site", nil, "example.com", false),
        ("DELETE", "cross-site", nil, "example.com", false), ("PATCH", "cross-site", nil, "example.com", false),
        ("get", "cross-site", nil, "example.com", false),
        // An origin does not help where the browser says it is another site, unless it is trusted.
        ("POST", "cross-site", "https://example.com", "example.com", false),
        ("POST", "cross-site", "https://trusted.example", "example.com", true),
        ("POST", nil, "https://trusted.example", "example.com", true),
        ("POST", nil, "https://TRUSTED.example:443", "example.com", true),
        ("POST", nil, "http://trusted.example", "example.com", false),
        ("POST", nil, "https://trusted.example:8443", "example.com", false),
        ("POST", nil, "https://trusted.example.evil", "example.com", false),
        // Ports and case.
        ("POST", nil, "http://localhost:8000", "localhost:8000", true),
        ("POST", nil, "http://localhost:8000", "localhost:9000", false),
        ("POST", nil, "https://a.example", "A.example:443", true),
        ("POST", nil, "http://a.example", "a.example:443", false), ("POST", nil, "http://[::1]:80", "[::1]", true),
        // What is no origin, and no host.
        ("POST", nil, "", "example.com", true), ("POST", "", nil, "example.com", true),
        ("POST", nil, "https://", "", false),
        ("POST", nil, "https://example.com", nil, false), ("POST", nil, "garbage", "garbage", false),
        ("POST", nil, "https://example.com/", "example.com", false),
        ("POST", nil, "https://a@example.com", "example.com", false),
        ("POST", nil, "https://example.com, https://evil", "example.com", false),
        ("POST", "same-origin, cross-site", nil, "a", false),
    ]

    @Test(arguments: cases)
    func decisions(method: String, site: String?, origin: String?, host: String?, isAllowed: Bool) throws {
        let check = try CrossOriginCheck(trusting: ["https://Trusted.example"])
        let facts = CrossOriginCheck.Facts(method: method, secFetchSite: site, origin: origin, host: host)
        #expect((check.decision(about: facts) == .allowed) == isAllowed)
    }

    @Test func reasons() {
        let check = CrossOriginCheck()
        var facts = CrossOriginCheck.Facts(method: "POST", secFetchSite: "cross-site", origin: "https://b", host: "a")
        #expect(
            check.decision(about: facts) == .refused(.site("cross-site"))
        )
        #expect(
            "\(CrossOriginCheck.Refusal.site("cross-site"))"
                == "The request was made by a page of another site (Sec-Fetch-Site: \"cross-site\"). Name that site as a trusted "
                + "origin if it may."
        )
        facts.secFetchSite = nil
        #expect(check.decision(about: facts) == .refused(.origin("https://b", host: "a")))
    }

    @Test(arguments: ["", "example.com", "https://", "https://a/b", "https://a/", "ftp://a", "null", "https://a b"])
    func unusableOrigins(text: String) {
        #expect(throws: UnusableOrigin(text: text)) { try CrossOriginCheck(trusting: [text]) }
    }
}
