import HTTPTypes
import MartletTesting
import Synchronization
import Testing

@testable import MartletGateway
@testable import MartletPolicies

@Suite struct AccessTests {
    struct Row: Sendable {
        let allowed: [String]
        let denied: [String]
        let address: String?
        let isAdmitted: Bool
    }

    @Test(arguments: [
        Row(allowed: [], denied: [], address: "192.0.2.1", isAdmitted: true),
        Row(allowed: ["10.0.0.0/8"], denied: [], address: "10.1.2.3", isAdmitted: true),
        Row(allowed: ["10.0.0.0/8"], denied: [], address: "192.0.2.1", isAdmitted: false),
        Row(allowed: [], denied: ["192.0.2.0/24"], address: "192.0.2.1", isAdmitted: false),
        Row(allowed: [], denied: ["192.0.2.0/24"], address: "198.51.100.1", isAdmitted: true),
        // The longest prefix decides, whatever the order.
        Row(allowed: ["10.0.0.0/8"], denied: ["10.6.0.0/16"], address: "10.6.1.1", isAdmitted: false),
        Row(allowed: ["10.6.1.1"], denied: ["10.6.0.0/16"], address: "10.6.1.1", isAdmitted: true),
        Row(allowed: ["10.6.1.1"], denied: ["10.6.1.1"], address: "10.6.1.1", isAdmitted: false),
        Row(allowed: ["192.0.2.7"], denied: ["all"], address: "192.0.2.7", isAdmitted: true),
        Row(allowed: ["192.0.2.7"], denied: ["all"], address: "192.0.2.8", isAdmitted: false),
        Row(allowed: ["2001:db8::/32"], denied: [], address: "2001:db8::1", isAdmitted: true),
        Row(allowed: ["2001:db8::/32"], denied: [], address: "2001:db9::1", isAdmitted: false),
        // A client of a dual-stack listener.
        Row(allowed: ["10.0.0.0/8"], denied: [], address: "::ffff:10.1.2.3", isAdmitted: true),
        Row(allowed: ["::ffff:10.0.0.0/104"], denied: [], address: "10.1.2.3", isAdmitted: true),
        Row(allowed: ["::ffff:10.0.0.0/104"], denied: [], address: "11.1.2.3", isAdmitted: false),
        Row(allowed: ["::/0"], denied: [], address: "10.1.2.3", isAdmitted: false),
        Row(allowed: ["10.0.0.0/8"], denied: [], address: nil, isAdmitted: false),
        Row(allowed: ["unix"], denied: [], address: nil, isAdmitted: true),
        Row(allowed: [], denied: ["unix"], address: nil, isAdmitted: false),
        Row(allowed: [], denied: ["all"], address: nil, isAdmitted: false),
    ])
    func addresses(row: Row) async throws {
        let rules = AddressRules(
            allowed: try row.allowed.flatMap { try AddressRules.peers(parsing: $0) },
            denied: try row.denied.flatMap { try AddressRules.peers(parsing: $0) }
        )
        let call = PolicyCall(policies: [AddressPolicy(rules)], address: row.address)
        #expect(try await call.client().get("/").status == (row.isAdmitted ? .ok : .forbidden), "\(row)")
        let dry = PolicyCall(policies: [AddressPolicy(rules, isDryRun: true)], address: row.address)
        #expect(try await dry.client().get("/").status == .ok)
    }

    @Test(arguments: [
        ("localhost", "it begins with no IPv4 or IPv6 address; host names are not looked up"),
        ("10.0.0.1/8", "the address has bits beyond its prefix; did you mean 10.0.0.0/8?"),
        ("10.0.0.0/33", "the length of the prefix is a number from 0 to 32"),
        ("::ffff:10.0.0.0/8", "the length of the prefix is a number from 96 to 128"),
        ("", "it is empty"),
    ])
    func whatIsNoClient(text: String, problem: String) {
        #expect(
            throws: PolicyError(
                "\"\(text)\" is no client: \(problem). Write an address, a network such as 10.0.0.0/8, unix or all"
            )
        ) { try AddressRules.peers(parsing: text) }
    }

    // MARK: - Rates

    private final class Clock: Sendable {
        let moment = Mutex<Int64>(1_000_000_000)
        func advance(milliseconds: Int64) { moment.withLock { $0 += milliseconds * 1_000_000 } }
        var now: @Sendable () -> Int64 { { self.moment.withLock { $0 } } }
    }

    @Test func aRateWithItsBurst() async throws {
        let clock = Clock()
        let client = try PolicyCall(policies: [RatePolicy(RateLimit(parsing: "3/s"), now: clock.now)]).client()
        for _ in 0..<3 { try await client.get("/").expect(.ok) }
        let refused = try await client.get("/")
        try refused.expect(
            .tooManyRequests,
            body: "429 Too Many Requests\n\nToo many requests. Try again in 1 s.\n",
            headers: [(.retryAfter, "1")]
        )
        #expect(refused.field("RateLimit-Policy") == "\"default\";q=3;w=1")
        #expect(refused.field("RateLimit") == "\"default\";r=0;t=1")
        clock.advance(milliseconds: 334)
        try await client.get("/").expect(.ok)
        try await client.get("/").expect(.tooManyRequests)
        clock.advance(milliseconds: 10_000)
        for _ in 0..<3 { try await client.get("/").expect(.ok) }
        try await client.get("/").expect(.tooManyRequests)
    }

    @Test func aBurstOfItsOwn() async throws {
        var limit = try RateLimit(parsing: "60/m")
        limit.burst = 2
        let clock = Clock()
        let client = try PolicyCall(policies: [RatePolicy(limit, now: clock.now)]).client()
        for _ in 0..<2 { try await client.get("/").expect(.ok) }
        try await client.get("/").expect(.tooManyRequests)
        clock.advance(milliseconds: 1000)
        try await client.get("/").expect(.ok)
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.2", false), ("2001:db8::1", "2001:db8::2", true),
        ("2001:db8::1", "2001:db8:0:1::1", false),
    ])
    func whoIsOneClient(first: String, second: String, isOne: Bool) async throws {
        let policy = RatePolicy(try RateLimit(parsing: "1/h"), now: Clock().now)
        try await PolicyCall(policies: [policy], address: first).client().get("/").expect(.ok)
        let status = try await PolicyCall(policies: [policy], address: second).client().get("/").status
        #expect((status == .tooManyRequests) == isOne)
    }

    @Test func aFieldSaysWhoItIs() async throws {
        var limit = try RateLimit(parsing: "1/h")
        limit.client = try ClientKind(parsing: "header:X-Key")
        let client = try PolicyCall(policies: [RatePolicy(limit, now: Clock().now)]).client()
        try await client.get("/", headers: [(.init("X-Key"), "a")]).expect(.ok)
        try await client.get("/", headers: [(.init("X-Key"), "b")]).expect(.ok)
        try await client.get("/", headers: [(.init("X-Key"), "a")]).expect(.tooManyRequests)
        try await client.get("/").expect(.ok)
        try await client.get("/").expect(.tooManyRequests)
    }

    @Test func aDryRunOnlyTells() async throws {
        var limit = try RateLimit(parsing: "1/h")
        limit.isDryRun = true
        let client = try PolicyCall(policies: [RatePolicy(limit, now: Clock().now)]).client()
        for _ in 0..<3 { try await client.get("/").expect(.ok) }
    }

    @Test(arguments: ["10", "10/d", "0/s", "-1/s", "ten/s", "10/s/m", "1000001/s", " 10/s", "/s", "10/"])
    func whatIsNoRate(text: String) {
        #expect(
            throws: PolicyError(
                "\"\(text)\" is no rate; write a number from 1 to 1000000 and a time, as in 10/s, 100/m or 1000/h"
            )
        ) { try RateLimit(parsing: text) }
    }

    @Test func theTableIsBounded() {
        let table = ClientTable<Int64>(limit: 64, parts: 4)
        for number in 0..<10_000 {
            table.update(.address(high: 0, low: UInt64(number)), isStale: { $0 < 5000 }) { $0 = Int64(number) }
        }
        #expect(table.count <= 64)
    }

    // MARK: - Requests at a time

    @Test func requestsAtATime() async throws {
        let policy = ConcurrencyPolicy(ConcurrencyLimit(2))
        let (entered, enter) = AsyncStream.makeStream(of: Void.self)
        let (opened, open) = AsyncStream.makeStream(of: Void.self)
        let application = ApplicationClosure { request in
            guard request.path == "/slow" else { return .plain(.ok, "") }
            return Response(
                body: .stream(length: nil) { writer in
                    enter.yield()
                    for await _ in opened { break }
                    try await writer.write("done")
                }
            )
        }
        let client = TestClient(PolicyChain([policy], around: application))
        async let slow = client.get("/slow")
        for await _ in entered { break }
        try await client.get("/").expect(.ok)
        #expect(policy.clients == 1)
        async let second = client.get("/slow")
        for await _ in entered { break }
        try await client.get("/").expect(.tooManyRequests, headers: [(.retryAfter, "1")])
        open.finish()
        try await slow.expect(.ok, body: "done")
        try await second.expect(.ok, body: "done")
        try await client.get("/").expect(.ok)
    }
}
