import HTTPTypes
import MartletGateway
import MartletTesting
import Testing

@testable import MartletPolicies

@Suite struct CORSTests {
    private func configuration(_ origins: String..., credentials: Bool = false) throws -> CORSConfiguration {
        var configuration = CORSConfiguration()
        configuration.origins = try origins.map { try CORSOrigin(parsing: $0) }
        configuration.allowsCredentials = credentials
        try configuration.validate()
        return configuration
    }

    private static let origin = HTTPField.Name("Origin" as StaticString)
    private static let method = HTTPField.Name("Access-Control-Request-Method" as StaticString)

    @Test func aPreflightIsAnswered() async throws {
        let policy = CORSPolicy(try configuration("https://app.example", credentials: true))
        let client = try PolicyCall(policies: [policy]).client()
        let response = try await client.options(
            "/",
            headers: [
                (Self.origin, "https://app.example"), (Self.method, "PUT"),
                (.init("Access-Control-Request-Headers"), "x-a, content-type"),
            ]
        )
        #expect(response.status == .noContent)
        #expect(response.field("Access-Control-Allow-Origin") == "https://app.example")
        #expect(response.field("Access-Control-Allow-Credentials") == "true")
        #expect(response.field("Access-Control-Allow-Methods") == "GET, HEAD, POST, PUT, PATCH, DELETE")
        #expect(response.field("Access-Control-Allow-Headers") == "x-a, content-type")
        #expect(response.field("Access-Control-Max-Age") == "7200")
        #expect(response.field("Vary")?.contains("Origin") == true)
        let stranger = try await client.options(
            "/",
            headers: [(Self.origin, "https://evil.example"), (Self.method, "PUT")]
        )
        #expect(stranger.status == .noContent)
        #expect(stranger.field("Access-Control-Allow-Origin") == nil)
        // One without the question is the application's.
        #expect(try await client.options("/", headers: [(Self.origin, "https://app.example")]).status == .ok)
    }

    struct Row: Sendable {
        let allowed: String
        let origin: String?
        let answer: String?
        var varies = true
    }

    @Test(arguments: [
        Row(allowed: "https://app.example", origin: "https://app.example", answer: "https://app.example"),
        Row(allowed: "https://app.example", origin: "http://app.example", answer: nil),
        Row(allowed: "https://app.example", origin: "https://app.example.evil", answer: nil),
        Row(allowed: "https://app.example", origin: "https://app.example:8443", answer: nil),
        Row(allowed: "https://app.example", origin: "null", answer: nil),
        Row(allowed: "https://app.example", origin: nil, answer: nil),
        Row(allowed: "https://*.app.example", origin: "https://a.app.example", answer: "https://a.app.example"),
        Row(allowed: "https://*.app.example", origin: "https://a.b.app.example", answer: "https://a.b.app.example"),
        Row(allowed: "https://*.app.example", origin: "https://app.example", answer: nil),
        Row(allowed: "https://*.app.example", origin: "https://evil/.app.example", answer: nil),
        Row(allowed: "https://*.app.example", origin: "https://evilapp.example", answer: nil),
        Row(allowed: "*", origin: "https://any.example", answer: "*", varies: false),
        Row(allowed: "*", origin: "null", answer: "*", varies: false),
    ])
    func origins(row: Row) async throws {
        let client = try PolicyCall(policies: [CORSPolicy(try configuration(row.allowed))]).client()
        let response = try await client.get("/", headers: row.origin.map { [(Self.origin, $0)] } ?? [])
        #expect(response.field("Access-Control-Allow-Origin") == row.answer, "\(row)")
        #expect((response.field("Vary") == "Origin") == row.varies, "\(row)")
    }

    @Test func thePolicysFieldsReplaceTheApplications() async throws {
        var call = PolicyCall(policies: [CORSPolicy(try configuration("https://app.example"))])
        call.answer.headers.append("access-control-allow-origin", "*")
        call.answer.headers.append("Access-Control-Allow-Credentials", "true")
        let response = try await call.client().get("/", headers: [(Self.origin, "https://app.example")])
        #expect(response.fields("Access-Control-Allow-Origin") == ["https://app.example"])
        #expect(response.fields("Access-Control-Allow-Credentials") == [])
    }

    @Test func credentialsAreNotForEverybody() {
        #expect(
            throws: PolicyError(
                "credentials for every origin would let any site act for whoever visits it; name the origins instead of \"*\""
            )
        ) { try configuration("*", credentials: true) }
    }

    @Test(arguments: [
        ("app.example", "it has a scheme and a host"), ("https://", "it has a scheme and a host"),
        ("https://app.example/", "it ends with the host or its port"),
        ("https://*", "a star stands for whole labels before a domain"),
        ("https://a*.example.com", "a star stands for whole labels before a domain"),
        ("https://*.com", "a star stands for whole labels before a domain"),
    ])
    func whatIsNoOrigin(text: String, problem: String) {
        #expect(
            throws: PolicyError(
                "\"\(text)\" is no origin: \(problem). Write one like https://app.example.com, https://*.example.com or *"
            )
        ) { try CORSOrigin(parsing: text) }
    }
}
