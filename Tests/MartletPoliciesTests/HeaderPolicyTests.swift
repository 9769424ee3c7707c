import HTTPTypes
import MartletGateway
import MartletTesting
import Testing

@testable import MartletPolicies

@Suite struct HeaderPolicyTests {
    @Test func rulesForAnswers() async throws {
        var rules = HeaderRules()
        rules.response = [
            try HeaderRule(.set("new"), "X-Set", in: .response), try HeaderRule(.add("more"), "X-Add", in: .response),
            try HeaderRule(.default("ours"), "X-Default", in: .response),
            try HeaderRule(.default("ours"), "X-Missing", in: .response),
            try HeaderRule(.remove, "X-Powered-By", in: .response),
        ]
        var call = PolicyCall(policies: [HeaderPolicy(rules)])
        for (name, value) in [
            ("x-set", "old"), ("X-Set", "older"), ("X-Add", "one"), ("X-DEFAULT", "theirs"), ("x-powered-by", "PHP"),
        ] { call.answer.headers.append(name, value) }
        let response = try await call.client().get("/")
        #expect(response.fields("X-Set") == ["new"])
        #expect(response.fields("X-Add") == ["one", "more"])
        #expect(response.fields("X-Default") == ["theirs"])
        #expect(response.fields("X-Missing") == ["ours"])
        #expect(response.fields("X-Powered-By") == [])
    }

    @Test func rulesForRequests() async throws {
        var rules = HeaderRules()
        rules.request = [
            try HeaderRule(.set("proxy"), "X-Role", in: .request), try HeaderRule(.remove, "X-Secret", in: .request),
            try HeaderRule(.default("de"), "Accept-Language", in: .request),
        ]
        let response = try await PolicyCall(policies: [HeaderPolicy(rules)]).client().get(
            "/",
            headers: [(.init("X-Role"), "admin"), (.init("X_Role"), "admin"), (.init("x-secret"), "1")]
        )
        #expect(response.fields("Got-X-Role") == ["proxy"])
        #expect(response.fields("Got-X_Role") == [])
        #expect(response.fields("Got-X-Secret") == [])
        #expect(response.fields("Got-Accept-Language") == ["de"])
    }

    @Test func rulesAddUp() async throws {
        var site = HeaderRules()
        site.response = [
            try HeaderRule(.set("site"), "X-A", in: .response), try HeaderRule(.set("site"), "X-B", in: .response),
        ]
        var route = HeaderRules()
        route.response = [try HeaderRule(.set("route"), "x-a", in: .response)]
        route.security = SecurityHeaders()
        let sum = site.adding(route)
        let response = try await PolicyCall(policies: [HeaderPolicy(sum)]).client().get("/")
        #expect(response.fields("X-A") == ["route"])
        #expect(response.fields("X-B") == ["site"])
        #expect(response.fields("X-Content-Type-Options") == ["nosniff"])
    }

    // Fault class 6 of the reference, and what only the server may say.
    @Test(arguments: [
        ("X-A", "a\r\nSet-Cookie: b", "the value of X-A has a line break or another control character in it"),
        ("X-A", "a\nb", "the value of X-A has a line break or another control character in it"),
        ("X-A", "a\0b", "the value of X-A has a line break or another control character in it"),
        ("X A", "a", "\"X A\" is no name of a field: letters, digits and !#$%&'*+-.^_`|~ only"),
        ("", "a", "\"\" is no name of a field: letters, digits and !#$%&'*+-.^_`|~ only"),
        ("X\r\nY", "a", "\"X\r\nY\" is no name of a field: letters, digits and !#$%&'*+-.^_`|~ only"),
        (
            "Content-Length", "3",
            "Content-Length is about the message or the connection, which the server answers for; leave it out"
        ),
        (
            "transfer-encoding", "chunked",
            "transfer-encoding is about the message or the connection, which the server answers for; leave it out"
        ),
        (
            "Connection", "close",
            "Connection is about the message or the connection, which the server answers for; leave it out"
        ),
    ])
    func whatNoRuleMaySay(name: String, value: String, message: String) {
        for side in [HeaderRule.Side.request, .response] {
            for action in [HeaderRule.Action.set(value), .add(value), .default(value)] {
                #expect(throws: PolicyError(message)) { try HeaderRule(action, name, in: side) }
            }
        }
    }

    @Test func someRulesAreForOneSide() throws {
        #expect(throws: PolicyError("Host says which site is meant; it cannot be changed here")) {
            try HeaderRule(.set("other"), "Host", in: .request)
        }
        #expect(throws: PolicyError("Date cannot be removed, since the server adds it last; set it to another value")) {
            try HeaderRule(.remove, "Date", in: .response)
        }
        _ = try HeaderRule(.remove, "Date", in: .request)
        _ = try HeaderRule(.set("me"), "Server", in: .response)
    }

    @Test func securityInOneWord() async throws {
        var rules = HeaderRules()
        rules.security = SecurityHeaders()
        let plain = try await PolicyCall(policies: [HeaderPolicy(rules)]).client().get("/")
        #expect(plain.field("X-Content-Type-Options") == "nosniff")
        #expect(plain.field("X-Frame-Options") == "SAMEORIGIN")
        #expect(plain.field("Referrer-Policy") == "strict-origin-when-cross-origin")
        #expect(plain.field("Strict-Transport-Security") == nil)
        var call = PolicyCall(policies: [HeaderPolicy(rules)], scheme: "https")
        call.answer.headers.append("x-frame-options", "DENY")
        let secure = try await call.client().get("/")
        #expect(secure.field("Strict-Transport-Security") == "max-age=31536000")
        #expect(secure.fields("X-Frame-Options") == ["DENY"])
    }

    @Test func whatBrowsersShipIsForGood() throws {
        var security = SecurityHeaders()
        security.preload = true
        #expect(
            throws: PolicyError("preload needs hsts-subdomains = true and an hsts of at least 8760h (hstspreload.org)")
        ) { try security.validate() }
        security.includesSubdomains = true
        try security.validate()
    }
}
