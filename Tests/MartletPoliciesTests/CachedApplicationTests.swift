import HTTPTypes
import MartletTesting
import NIOCore
import Synchronization
import Testing

@testable import MartletGateway
@testable import MartletPolicies

/// An application that counts its calls behind a cache whose time is the test's.
private final class Counted: Sendable {
    private struct State {
        var calls = 0
        var now: Int64 = 1_000_000 * Freshness.second
        var requests: [[String: String]] = []
    }

    private let state = Mutex(State())

    var calls: Int { state.withLock(\.calls) }
    var last: [String: String] { state.withLock { $0.requests.last ?? [:] } }
    func pass(_ seconds: Int) { state.withLock { $0.now += Int64(seconds) * Freshness.second } }

    func cache(_ change: (inout ResponseCacheConfiguration) -> Void = { _ in }) -> ResponseCache {
        var configuration = ResponseCacheConfiguration()
        configuration.statusField = "X-Cache"
        change(&configuration)
        let clock = CacheClock(
            now: { self.state.withLock(\.now) },
            date: { Int(self.state.withLock(\.now) / Freshness.second) }
        )
        return ResponseCache(configuration, clock: clock)
    }

    /// - Parameter answer: gets the number of the call, from 1.
    func client(
        _ cache: ResponseCache? = nil,
        isGuarded: Bool = false,
        policies: [any Policy] = [],
        _ answer: @escaping @Sendable (Request, Int) throws -> Response
    ) -> TestClient {
        let application = ApplicationClosure { request in
            let number = self.state.withLock { state in
                state.calls += 1
                var fields: [String: String] = [:]
                request.headers.forEach { fields[$0.lowercased()] = $1 }
                state.requests.append(fields)
                return state.calls
            }
            return try answer(request, number)
        }
        let cached = CachedApplication(application, cache: cache ?? self.cache(), origin: 0, isGuarded: isGuarded)
        return TestClient(PolicyChain(policies, around: cached))
    }
}

private func name(_ text: StaticString) -> HTTPField.Name { HTTPField.Name(text) }

/// An answer that says which call made it.
private func answer(_ number: Int, _ control: String = "max-age=60", _ fields: [(HTTPField.Name, String)] = [])
    -> Response
{
    var response = Response.plain(.ok, "call \(number)")
    response.headers.append(.cacheControl, control)
    for (name, value) in fields { response.headers.append(name, value) }
    return response
}

@Suite struct CachedApplicationTests {
    private static let status = name("X-Cache")

    @Test func hitsAndAges() async throws {
        let app = Counted()
        let client = app.client { answer($1) }
        let first = try await client.get("/a").expect(.ok, body: "call 1", headers: [(Self.status, "MISS")])
        #expect(first.field("Age") == nil)
        app.pass(10)
        let second = try await client.get("/a")
        try second.expect(.ok, body: "call 1", headers: [(.age, "10"), (Self.status, "HIT")])
        #expect(second.fields("Date") == first.fields("Date"))
        try await client.get("/a?x").expect(body: "call 2")
        try await client.get("/a?").expect(body: "call 3")
        try await client.get("/a", headers: [(name("Host"), "other")]).expect(body: "call 4")
        try await client.get("/a", headers: [(name("Host"), "LOCALHOST")]).expect(body: "call 1")
        app.pass(50)
        try await client.get("/a").expect(body: "call 5", headers: [(Self.status, "MISS")])
    }

    @Test func headIsAnsweredFromGet() async throws {
        let app = Counted()
        let client = app.client { answer($1) }
        try await client.head("/")
        try await client.get("/").expect(body: "call 2")
        let head = try await client.head("/")
        try head.expect(.ok, headers: [(.age, "0")])
        #expect(app.calls == 2)
    }

    @Test func whatIsForOneIsNotKept() async throws {
        for control in ["private, max-age=60", "no-store", "no-cache"] {
            let app = Counted()
            let client = app.client { answer($1, control) }
            try await client.get("/").expect(body: "call 1")
            try await client.get("/").expect(body: "call 2", headers: [(Self.status, "MISS")])
        }
    }

    @Test func passwords() async throws {
        let app = Counted()
        let client = app.client { request, number in
            answer(number, request.path == "/public" ? "public, max-age=60" : "max-age=60")
        }
        let password: [(HTTPField.Name, String)] = [(.authorization, "Basic eA==")]
        try await client.get("/public", headers: password).expect(body: "call 1")
        try await client.get("/public").expect(body: "call 1")
        try await client.get("/").expect(body: "call 2")
        // What was made for everybody is not what somebody with a password may get.
        try await client.get("/", headers: password).expect(body: "call 3")
        try await client.get("/").expect(body: "call 2")
    }

    @Test func behindAuthentication() async throws {
        let app = Counted()
        let client = app.client(isGuarded: true) {
            answer($1, $0.path == "/public" ? "public, max-age=60" : "max-age=60")
        }
        try await client.get("/").expect(body: "call 1")
        try await client.get("/").expect(body: "call 2")
        try await client.get("/public").expect(body: "call 3")
        try await client.get("/public").expect(body: "call 3")
    }

    @Test func cookiesAndAnswersThatSayNothing() async throws {
        let app = Counted()
        let client = app.client(app.cache { $0.freshness = .seconds(60) }) { .plain(.ok, "call \($1)") }
        let cookie: [(HTTPField.Name, String)] = [(.cookie, "a=b")]
        try await client.get("/", headers: cookie).expect(body: "call 1")
        try await client.get("/").expect(body: "call 2")
        try await client.get("/").expect(body: "call 2")
        try await client.get("/", headers: cookie).expect(body: "call 3")
    }

    @Test func variants() async throws {
        let app = Counted()
        let client = app.client { answer($1, "max-age=60", [(name("Vary"), "Accept")]) }
        try await client.get("/", headers: [(.accept, "a")]).expect(body: "call 1")
        try await client.get("/", headers: [(.accept, "b")]).expect(body: "call 2")
        try await client.get("/", headers: [(.accept, "a")]).expect(body: "call 1")
        try await client.get("/", headers: [(.accept, "b")]).expect(body: "call 2")
        try await client.get("/").expect(body: "call 3")
    }

    @Test func variantsAreBounded() async throws {
        let app = Counted()
        let cache = app.cache()
        let client = app.client(cache) { answer($1, "max-age=60", [(name("Vary"), "Accept")]) }
        for number in 0..<100 { try await client.get("/", headers: [(.accept, "\(number)")]) }
        #expect(cache.report.answers == CacheShard.mostVariants)
        try await client.get("/", headers: [(.accept, "99")]).expect(body: "call 100")
        try await client.get("/", headers: [(.accept, "0")]).expect(body: "call 101")
    }

    @Test func fieldsOfTheKey() async throws {
        let app = Counted()
        let client = app.client(app.cache { $0.keyFields = ["x-tenant"] }) { answer($1) }
        try await client.get("/", headers: [(name("X-Tenant"), "a")]).expect(body: "call 1")
        try await client.get("/", headers: [(name("X-Tenant"), "b")]).expect(body: "call 2")
        try await client.get("/", headers: [(name("X-Tenant"), "a")]).expect(body: "call 1")
    }

    @Test func clientsDecideNothing() async throws {
        let app = Counted()
        let client = app.client { answer($1) }
        try await client.get("/").expect(body: "call 1")
        for control in ["no-cache", "max-age=0", "no-store", "only-if-cached"] {
            try await client.get("/", headers: [(.cacheControl, control)]).expect(body: "call 1")
        }
        try await client.get("/none", headers: [(.cacheControl, "only-if-cached")]).expect(.gatewayTimeout)
        try await client.get("/none", headers: [(.cacheControl, "no-store")]).expect(body: "call 2")
        try await client.get("/none").expect(body: "call 3")
    }

    @Test func clientsDecideWhereTheyMay() async throws {
        let app = Counted()
        let client = app.client(app.cache { $0.clientsDecide = true }) { answer($1) }
        try await client.get("/").expect(body: "call 1")
        try await client.get("/", headers: [(.cacheControl, "no-cache")]).expect(body: "call 2")
        try await client.get("/", headers: [(.cacheControl, "max-age=5")]).expect(body: "call 2")
    }

    @Test func conditionsAndRanges() async throws {
        let app = Counted()
        let client = app.client { answer($1, "max-age=60", [(.eTag, "\"v\"")]) }
        // The first one asks for the whole, and gets what it has asked for.
        try await client.get("/", headers: [(.ifNoneMatch, "\"v\"")]).expect(.notModified, body: "")
        #expect(app.last["if-none-match"] == nil)
        try await client.get("/", headers: [(.ifNoneMatch, "W/\"v\"")]).expect(.notModified)
        try await client.get("/", headers: [(.ifMatch, "\"w\"")]).expect(.preconditionFailed)
        try await client.get("/", headers: [(.range, "bytes=0-3")])
            .expect(.partialContent, body: "call", headers: [(.contentRange, "bytes 0-3/6")])
        try await client.get("/", headers: [(.range, "bytes=9-")]).expect(.rangeNotSatisfiable)
        try await client.get("/", headers: [(.range, "bytes=0-3"), (.ifRange, "\"w\"")]).expect(.ok, body: "call 1")
        #expect(app.calls == 1)
    }

    @Test func conditionsOfWhatIsNotKept() async throws {
        let app = Counted()
        let client = app.client { answer($1, "private", [(.eTag, "\"v\"")]) }
        try await client.get("/", headers: [(.ifNoneMatch, "\"v\"")]).expect(.notModified, body: "")
    }

    @Test func aRangeOfNothingKeptIsTheApplications() async throws {
        let app = Counted()
        let client = app.client { answer($1) }
        try await client.get("/", headers: [(.range, "bytes=0-3")]).expect(.ok, headers: [(Self.status, "PASS")])
        #expect(app.last["range"] == "bytes=0-3")
        try await client.get("/").expect(body: "call 2")
    }

    @Test func confirmations() async throws {
        let app = Counted()
        let client = app.client { request, number in
            guard number > 1 else { return answer(1, "max-age=60", [(.eTag, "\"v\""), (name("X-Old"), "1")]) }
            return Response(
                status: .notModified,
                headers: Headers([(.cacheControl, "max-age=30"), (name("X-New"), "2"), (.eTag, "\"v\"")])
            )
        }
        try await client.get("/")
        app.pass(60)
        let confirmed = try await client.get("/").expect(.ok, body: "call 1", headers: [(Self.status, "REVALIDATED")])
        #expect(app.last["if-none-match"] == "\"v\"")
        #expect(confirmed.fields("X-Old") == ["1"] && confirmed.fields("X-New") == ["2"])
        #expect(confirmed.fields("Cache-Control") == ["max-age=30"] && confirmed.fields("ETag") == ["\"v\""])
        #expect(confirmed.field("Content-Type") == "text/plain; charset=utf-8")
        app.pass(29)
        try await client.get("/").expect(.ok, body: "call 1", headers: [(.age, "29")])
        app.pass(1)
        try await client.get("/", headers: [(.ifNoneMatch, "\"v\"")]).expect(.notModified)
        #expect(app.calls == 3)
    }

    @Test func staleAfterAnError() async throws {
        let app = Counted()
        let client = app.client { request, number in
            switch number {
            case 2: return .plain(.internalServerError, "broken")
            case 3: throw CancellationError()
            default: return answer(number, "max-age=60, stale-if-error=60")
            }
        }
        try await client.get("/")
        app.pass(60)
        try await client.get("/").expect(.ok, body: "call 1", headers: [(.age, "60"), (Self.status, "STALE")])
        // For a second nobody is asked.
        try await client.get("/").expect(.ok, body: "call 1")
        #expect(app.calls == 2)
        app.pass(2)
        try await client.get("/").expect(.ok, body: "call 1")
        #expect(app.calls == 3)
        app.pass(2)
        try await client.get("/").expect(.ok, body: "call 4")
    }

    @Test func errorsAreNotKept() async throws {
        let app = Counted()
        let client = app.client { _, number in
            if number == 1 { throw CancellationError() }
            return answer(number)
        }
        try await client.get("/").expect(.internalServerError)
        try await client.get("/").expect(.ok, body: "call 2")
    }

    @Test func changesMakeItOutOfDate() async throws {
        let app = Counted()
        let client = app.client { request, number in
            request.method == .get ? answer(number) : .plain(request.path == "/refused" ? .forbidden : .ok, "")
        }
        try await client.get("/").expect(body: "call 1")
        try await client.get("/other").expect(body: "call 2")
        try await client.get("/refused").expect(body: "call 3")
        try await client.post("/")
        try await client.delete("/refused")
        try await client.options("/other")
        try await client.get("/").expect(body: "call 7")
        try await client.get("/other").expect(body: "call 2")
        try await client.get("/refused").expect(body: "call 3")
    }

    @Test func aGetWithABodyIsTheApplications() async throws {
        let app = Counted()
        let client = app.client { answer($1) }
        try await client.send(TestRequest(.get, "/", body: .text("x"))).expect(body: "call 1")
        try await client.get("/").expect(body: "call 2")
    }

    @Test func whatIsAboutAConnectionIsNotKept() async throws {
        let app = Counted()
        let client = app.client {
            answer(
                $1,
                "max-age=60",
                [(name("Connection"), "close, X-Hop"), (name("X-Hop"), "1"), (name("Keep-Alive"), "5"), (.age, "7")]
            )
        }
        try await client.get("/")
        let hit = try await client.get("/").expect(headers: [(.age, "7")])
        #expect(hit.field("X-Hop") == nil && hit.field("Keep-Alive") == nil && hit.fields("Age").count == 1)
    }

    @Test func statusFields() async throws {
        let app = Counted()
        let client = app.client(app.cache { $0.statusField = "Cache-Status" }) { answer($1) }
        try await client.get("/").expect(headers: [(name("Cache-Status"), "martlet; fwd=miss; stored")])
        app.pass(1)
        try await client.get("/").expect(headers: [(name("Cache-Status"), "martlet; hit; ttl=59")])
        let quiet = app.client(app.cache { $0.statusField = nil }) { answer($1) }
        try await quiet.get("/")
        #expect(try await quiet.get("/").field("X-Cache") == nil)
    }

    @Test func purging() async throws {
        let app = Counted()
        let cache = app.cache()
        let client = app.client(cache) { answer($1) }
        for path in ["/a", "/a/b", "/b"] { try await client.get(path) }
        #expect(cache.purge(try PurgePattern(parsing: "/a*")) == 2)
        try await client.get("/a").expect(body: "call 4")
        try await client.get("/b").expect(body: "call 3")
        #expect(cache.purge(.all) == 2)
        #expect(cache.report.answers == 0 && cache.report.memory == 0)
    }

    @Test func memoryIsBounded() async throws {
        let app = Counted()
        let cache = app.cache { $0.memory = 8 << 20 }
        let client = app.client(cache) { _, number in
            var response = answer(number)
            response.body = .bytes(ByteBuffer(repeating: 1, count: 100_000))
            return response
        }
        for number in 0..<200 {
            try await client.get("/\(number)")
            #expect(cache.report.memory <= 8 << 20)
        }
        let report = cache.report
        #expect(report.answers > 40)
        #expect(report.evictions > 0 && report.fills == report.answers + report.evictions)
        let calls = app.calls
        try await client.get("/199")
        #expect(app.calls == calls)
    }

    @Test func diskIsBounded() async throws {
        let app = Counted()
        let cache = app.cache { $0.disk = 8 << 20 }
        let client = app.client(cache) { _, number in
            var response = answer(number, "max-age=60", [(.eTag, "\"v\"")])
            response.body = .bytes(ByteBuffer(repeating: UInt8(truncatingIfNeeded: number), count: 100_000))
            return response
        }
        for number in 0..<150 { try await client.get("/\(number)") }
        // The last one may still be on its way into its file.
        let last = try await client.get("/149")
        #expect(last.body == ByteBuffer(repeating: 150, count: 100_000))
        let report = cache.report
        #expect(report.disk <= 8 << 20 && report.disk >= 4 << 20 && report.memory < 2 << 20)
        #expect(app.calls == 150)
    }

    @Test func originsAreApart() async throws {
        let app = Counted()
        let cache = app.cache()
        #expect(cache.origin(of: "a") == 0 && cache.origin(of: "b") == 1 && cache.origin(of: "a") == 0)
    }
}

// MARK: - Within the policies

@Suite struct CachedRouteTests {
    private static let asksNobody = ApplicationSender(ApplicationClosure { _ in .plain(.forbidden, "") })

    /// As a route of a site has it: its application, with something kept that everybody may have.
    private func route(_ policies: (inout RoutePolicies) -> Void) async throws -> TestClient {
        let app = ApplicationClosure { _ in answer(1, "public, max-age=60", [(.eTag, "\"v\"")]) }
        var open = RoutePolicies()
        open.cache = ResponseCacheConfiguration()
        open.cache?.statusField = "X-Cache"
        var caches: [ResponseCache] = []
        func client(_ route: RoutePolicies) -> TestClient {
            let cached = route.cached(app, identity: "", in: &caches)
            return TestClient(PolicyChain(route.chain(asking: Self.asksNobody), around: cached))
        }
        try await client(open).get("/").expect(headers: [(name("X-Cache"), "MISS")])
        policies(&open)
        return client(open)
    }

    @Test func whoMayComeGetsIt() async throws {
        try await route { _ in }.get("/").expect(.ok, headers: [(name("X-Cache"), "HIT")])
    }

    @Test(arguments: [
        ("addresses", 403), ("maintenance", 503), ("rate", 429), ("passwords", 401), ("asking", 403), ("head", 431),
    ])
    func whoMayNotComeDoesNot(policy: String, status: Int) async throws {
        let client = try await route { route in
            switch policy {
            case "addresses": route.addresses = (AddressRules(allowed: [], denied: [.unix]), false)
            case "maintenance": route.maintenance = MaintenanceMode(.on)
            case "rate": route.rates = [RateLimit(count: 1, period: .seconds(3600))]
            case "passwords": route.authentication = BasicAuthentication()
            case "asking": route.forwardAuthentication = ForwardAuthentication(target: "/")
            default:
                route.limits = RouteLimits()
                route.limits?.head = 8
            }
        }
        if policy == "rate" { try await client.get("/").expect(.ok, headers: [(name("X-Cache"), "HIT")]) }
        let refused = try await client.get("/")
        #expect(refused.status.code == status && refused.field("X-Cache") == nil)
    }

    @Test func whatPoliciesAddIsEachClientsOwn() async throws {
        var cors = CORSConfiguration()
        cors.origins = try ["https://a.test", "https://b.test"].map { try CORSOrigin(parsing: $0) }
        let client = try await route { route in
            route.cors = cors
            route.compress = CompressionConfiguration()
            route.compress?.minimum = 0
        }
        for origin in ["https://a.test", "https://b.test"] {
            let own = try await client.get("/", headers: [(name("Origin"), origin), (.acceptEncoding, "gzip;q=0")])
            try own.expect(
                .ok,
                body: "call 1",
                headers: [(name("Access-Control-Allow-Origin"), origin), (name("X-Cache"), "HIT")]
            )
        }
        try await client.get("/", headers: [(.ifNoneMatch, "W/\"v\"")]).expect(.notModified)
    }
}

// MARK: - Streams

@Suite struct CachedStreamTests {
    private func streamed(_ pieces: [String], length: Int? = nil, error: (any Error)? = nil) -> Response {
        var response = answer(0)
        response.body = .stream(length: length) { writer in
            for piece in pieces { try await writer.write(piece) }
            if let error { throw error }
        }
        return response
    }

    @Test func streamsAreKept() async throws {
        let app = Counted()
        let client = app.client { _, _ in streamed(["a", "b", String(repeating: "c", count: 5000), "d"]) }
        let text = "ab" + String(repeating: "c", count: 5000) + "d"
        try await client.get("/").expect(.ok, body: text)
        try await client.get("/").expect(.ok, body: text)
        #expect(app.calls == 1)
    }

    @Test func whatBreaksOffIsNotKept() async throws {
        let app = Counted()
        let client = app.client { _, number in streamed(["a"], error: number == 1 ? CancellationError() : nil) }
        #expect(try await client.get("/").isComplete == false)
        try await client.get("/").expect(.ok, body: "a")
        #expect(app.calls == 2)
    }

    @Test func whatIsShorterThanAnnouncedIsNotKept() async throws {
        let app = Counted()
        let cache = app.cache()
        let client = app.client(cache) { _, number in streamed(["ab"], length: 3) }
        #expect(try await client.get("/").isComplete == false)
        _ = try await client.get("/")
        #expect(app.calls == 2 && cache.report.answers == 0)
    }

    @Test(arguments: [nil, 3000])
    func whatIsTooLargeIsSentOn(length: Int?) async throws {
        let app = Counted()
        let pieces = Array(repeating: String(repeating: "x", count: 300), count: 10)
        let cache = app.cache { $0.objectLimit = 1000 }
        let client = app.client(cache) { _, _ in streamed(pieces, length: length) }
        try await client.get("/").expect(.ok, body: pieces.joined())
        try await client.get("/").expect(.ok, body: pieces.joined())
        #expect(app.calls == 2 && cache.report.answers == 0)
    }

    @Test func aClientThatGoesAwayChangesNothing() async throws {
        let app = Counted()
        let pieces = Array(repeating: String(repeating: "x", count: 5000), count: 10)
        let client = app.client { _, _ in streamed(pieces) }
        _ = try await client.send(TestRequest(.get, "/", disconnectsAfter: 5000))
        try await client.get("/").expect(.ok, body: pieces.joined())
        #expect(app.calls == 1)
    }
}
