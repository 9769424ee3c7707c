import HTTPTypes
import MartletTesting
import NIOCore
import Testing

@testable import MartletGateway
@testable import MartletPolicies

@Suite struct ErrorPolicyTests {
    private func pages(replaces: Bool = false) throws -> ErrorPages {
        var pages = ErrorPages()
        pages.pages[try .init(parsing: "404")] = .init(text: "<h1>{status} {title}</h1>", file: "errors/404.html")
        pages.pages[try .init(parsing: "5xx")] = .init(text: "ours: {status}", file: "5xx.txt")
        pages.replacesApplications = replaces
        return pages
    }

    private func call(_ answer: Response, replaces: Bool = false) throws -> TestClient {
        try PolicyCall(policies: [ErrorPolicy(pages(replaces: replaces))], answer: answer).client()
    }

    @Test func errorsOfTheServerGetPages() async throws {
        var refusal = Response.refusal(.notFound, "nothing here")
        refusal.headers.append("Retry-After", "5")
        refusal.headers.append("ETag", "\"a\"")
        let response = try await call(refusal).get("/")
        try response.expect(
            .notFound,
            body: "<h1>404 Not Found</h1>",
            headers: [(.contentType, "text/html; charset=utf-8"), (.retryAfter, "5"), (.vary, "Accept")]
        )
        #expect(response.field("ETag") == nil)
        try await call(.refusal(.badGateway, "")).get("/").expect(.badGateway, body: "ours: 502")
        try await call(.refusal(.forbidden, "no")).get("/").expect(.forbidden, body: "403 Forbidden\n\nno\n")
    }

    @Test func errorsOfTheApplicationAreItsOwn() async throws {
        let own = Response.plain(.notFound, "the app's")
        try await call(own).get("/").expect(.notFound, body: "the app's")
        try await call(own, replaces: true).get("/").expect(.notFound, body: "<h1>404 Not Found</h1>")
        try await call(.plain(.ok, "fine"), replaces: true).get("/").expect(.ok, body: "fine")
    }

    @Test(arguments: [
        ("application/json", true), ("application/problem+json", true), ("text/html, application/json", false),
        ("application/json, text/html;q=0.5", true), ("*/*", false), ("text/html", false), ("", false),
    ])
    func clientsThatAskForJSONGetIt(accept: String, isJSON: Bool) async throws {
        let response = try await call(.refusal(.tooManyRequests, "slow")).get("/", headers: [(.accept, accept)])
        #expect(response.status == .tooManyRequests)
        #expect((response.headers[.contentType] == "application/problem+json") == isJSON)
        struct Problem: Decodable {
            let title: String
            let status: Int
        }
        if isJSON { #expect(try response.json(as: Problem.self).status == 429) }
    }

    @Test(arguments: ["200", "4", "600", "4xxx", "", "all errors", "3xx"])
    func whatIsNoError(text: String) {
        #expect(throws: PolicyError("\"\(text)\" is no error; write a status such as 404, or 4xx, 5xx, all")) {
            try ErrorPages.Scope(parsing: text)
        }
    }

    @Test func aStreamRunsToItsEnd() async throws {
        let stream = Response(status: .internalServerError, body: .stream(length: nil) { try await $0.write("made") })
        try await call(stream, replaces: true).get("/").expect(.internalServerError, body: "made")
    }
}
