import Glibc
import HTTPTypes
import MartletTesting
import NIOCore
import Testing

@testable import MartletGateway
@testable import MartletPolicies

@Suite struct LimitPolicyTests {
    private func client(_ limits: RouteLimits, _ application: any Application) -> TestClient {
        TestClient(PolicyChain([LimitPolicy(limits)], around: application))
    }

    private let reading = ApplicationClosure { .plain(.ok, String(buffer: try await $0.body.collect(upTo: 1 << 20))) }

    @Test(arguments: [
        (TestBody.text("12345678"), 200), (.text("123456789"), 413), (.pieces("1234", "5678"), 200),
        (.pieces("1234", "56789"), 413), (.pieces([ByteBuffer(string: "123456789")], announced: true), 413),
        (.none, 200),
    ])
    func bodies(body: TestBody, status: Int) async throws {
        var limits = RouteLimits()
        limits.body = 8
        #expect(try await client(limits, reading).post("/", body: body).status.code == status)
    }

    @Test func anAnswerInTime() async throws {
        var limits = RouteLimits()
        limits.answer = .milliseconds(20)
        let never = ApplicationClosure { _ in
            try await Task.sleep(for: .seconds(3600))
            return .plain(.ok, "")
        }
        try await client(limits, never).get("/").expect(
            .gatewayTimeout,
            body: "504 Gateway Timeout\n\nThe application has not answered in time.\n"
        )
        limits.answer = .seconds(3600)
        try await client(limits, reading).get("/").expect(.ok)
    }

    @Test func maintenance() async throws {
        let path = "/tmp/martlet-maintenance-\(getpid())"
        let idle = PolicyCall(policies: [MaintenancePolicy(MaintenanceMode(.file(path)))])
        try await PolicyCall(policies: [MaintenancePolicy(MaintenanceMode(.file(path)))]).client().get("/").expect(.ok)
        close(creat(path, 0o600))
        defer { unlink(path) }
        // The first request after a while without any is not let in for what was seen before.
        try await idle.client().get("/").expect(.serviceUnavailable)
        var mode = MaintenanceMode(.file(path))
        mode.page = .init(text: "<p>later", file: "closed.html")
        mode.admitted = try AddressRules.peers(parsing: "198.51.100.0/24")
        let policy = MaintenancePolicy(mode)
        try await PolicyCall(policies: [policy]).client().get("/").expect(
            .serviceUnavailable,
            body: "<p>later",
            headers: [(.retryAfter, "120"), (.contentType, "text/html; charset=utf-8"), (.cacheControl, "no-store")]
        )
        try await PolicyCall(policies: [policy], address: "198.51.100.9").client().get("/").expect(.ok)
        try await PolicyCall(policies: [MaintenancePolicy(MaintenanceMode(.on))]).client().get("/")
            .expect(.serviceUnavailable)
    }
}
