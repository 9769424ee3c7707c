import HTTPTypes
import MartletBytes
import Testing

@testable import MartletGateway
@testable import MartletPolicies

/// What a shared cache may keep, and for how long: RFC 9111 as tables.
@Suite struct CacheRulesTests {
    private static let now = 1_800_000_000
    private static let date = String(decoding: HTTPDate.render(now), as: UTF8.self)
    private static func date(_ seconds: Int) -> String {
        String(decoding: HTTPDate.render(now + seconds), as: UTF8.self)
    }

    /// An answer, and what is kept of it: seconds of lifetime, `nil` for nothing.
    struct Case: Sendable, CustomTestStringConvertible {
        let fields: [String: String]
        var status = 200
        var credentials: CacheRequest.Credentials = []
        var configuration = ResponseCacheConfiguration()
        let lifetime: Int?

        init(
            _ fields: [String: String],
            _ lifetime: Int?,
            status: Int = 200,
            to credentials: CacheRequest.Credentials = [],
            default freshness: Duration = .zero
        ) {
            self.fields = fields
            self.lifetime = lifetime
            self.status = status
            self.credentials = credentials
            configuration.freshness = freshness
        }

        var testDescription: String { "\(status) \(fields) to \(credentials.rawValue)" }
    }

    private static let month = Duration.seconds(2_592_000)

    @Test(arguments: [
        Case([:], nil),
        Case(["Cache-Control": "max-age=60"], 60),
        Case(["cache-control": "MAX-AGE=60"], 60),
        Case(["Cache-Control": "max-age=\"60\""], 60),
        Case(["Cache-Control": "max-age=60, max-age=5"], 5),
        Case(["Cache-Control": "max-age=60, s-maxage=5"], 5),
        Case(["Cache-Control": "max-age=0"], nil),
        Case(["Cache-Control": "max-age=-1"], nil),
        Case(["Cache-Control": "max-age"], nil),
        Case(["Cache-Control": "max-age=99999999999999999999"], 1 << 31),
        Case(["Cache-Control": "max-age=60, no-store"], nil),
        Case(["Cache-Control": "max-age=60, private"], nil),
        Case(["Cache-Control": "max-age=60, private=\"X-User, X-Other\""], nil),
        Case(["Cache-Control": "max-age=60, no-cache"], nil),
        Case(["Cache-Control": "max-age=60, no-cache=\"Set-Cookie\""], nil),
        Case(["Cache-Control": "ext=\"a, no-store\", max-age=60"], 60),
        Case(["Cache-Control": "ext=\"a\\\", no-store\", max-age=60"], 60),
        // Nobody knows what stands in a text that does not end.
        Case(["Cache-Control": "max-age=60, ext=\"no-store"], nil),
        Case(["Cache-Control": "max-age=60, ext=\"\\"], nil),
        Case(["Cache-Control": ",, max-age = 60 ,"], 60),
        Case(["Cache-Control": "public"], nil),
        // Cookies and passwords.
        Case(["Cache-Control": "max-age=60", "Set-Cookie": "a=b"], nil),
        Case(["Cache-Control": "max-age=60"], 60, to: .cookie),
        Case(["Cache-Control": "max-age=60"], nil, to: .authorization),
        Case(["Cache-Control": "max-age=60, public"], 60, to: .authorization),
        Case(["Cache-Control": "max-age=60, must-revalidate"], 60, to: .authorization),
        Case(["Cache-Control": "s-maxage=60"], 60, to: .authorization),
        // Vary, Content-Range, statuses.
        Case(["Cache-Control": "max-age=60", "Vary": "*"], nil),
        Case(["Cache-Control": "max-age=60", "Vary": "Accept, *"], nil),
        Case(["Cache-Control": "max-age=60", "Vary": "Accept"], 60),
        Case(["Cache-Control": "max-age=60"], 60, status: 404),
        Case(["Cache-Control": "max-age=60"], 60, status: 302),
        Case(["Cache-Control": "max-age=60"], nil, status: 206),
        Case(["Cache-Control": "max-age=60"], nil, status: 304),
        Case(["Cache-Control": "max-age=60"], nil, status: 500),
        Case(["Cache-Control": "max-age=60"], nil, status: 299),
        Case(["Cache-Control": "max-age=60", "Content-Range": "bytes 0-1/9"], nil),
        // Expires.
        Case(["Expires": date(60), "Date": date], 60),
        Case(["Expires": date(60)], 60),
        Case(["Expires": date(60), "Date": date(-10)], 70),
        Case(["Expires": date(-60)], nil),
        Case(["Expires": "0"], nil),
        Case(["Expires": date(60), "Cache-Control": "max-age=5"], 5),
        // What says nothing.
        Case([:], 30, default: .seconds(30)),
        Case([:], 30, status: 301, default: .seconds(30)),
        Case([:], nil, status: 404, default: .seconds(30)),
        Case([:], nil, to: .cookie, default: .seconds(30)),
        Case([:], nil, to: .authorization, default: .seconds(30)),
        Case(["Cache-Control": "public"], 30, to: .cookie, default: .seconds(30)),
        Case(["Cache-Control": "no-store"], nil, default: .seconds(30)),
        Case(["Expires": "0"], nil, default: .seconds(30)),
        Case(["Set-Cookie": "a=b"], nil, default: .seconds(30)),
        // Not guessed.
        Case(["Last-Modified": date(-1_000_000)], nil),
    ])
    func storing(_ item: Case) {
        var headers = Headers()
        for (name, value) in item.fields { headers.append(name, value) }
        let storable = StoringRules(configuration: item.configuration)
            .storable(item.status, headers, to: item.credentials, date: Self.now)
        #expect(storable.map { $0.times.lifetime / Freshness.second } == item.lifetime.map(Int64.init))
    }

    @Test(arguments: [
        // Field, seconds since it was made, what may be done with it, and after an error.
        ("max-age=60", 59, Freshness.State.fresh, true),
        ("max-age=60", 60, .stale, false),
        ("max-age=60, stale-while-revalidate=10", 69, .whileRevalidate, false),
        ("max-age=60, stale-while-revalidate=10", 70, .stale, false),
        ("max-age=60, stale-if-error=10", 69, .stale, true),
        ("max-age=60, stale-if-error=10", 70, .stale, false),
        ("max-age=60, stale-if-error=10, stale-while-revalidate=10, must-revalidate", 61, .stale, false),
        ("s-maxage=60, stale-if-error=10", 61, .stale, false),
        ("max-age=0, stale-while-revalidate=10", 5, .whileRevalidate, false),
        ("max-age=4294967296", 2_000_000_000, .fresh, true),
    ])
    func ages(control: String, seconds: Int, state: Freshness.State, afterError: Bool) throws {
        let headers = Headers([(.cacheControl, control)])
        let rules = StoringRules(configuration: ResponseCacheConfiguration())
        let storable = try #require(rules.storable(200, headers, to: [], date: Self.now))
        let freshness = Freshness(storable.times, age: storable.age, now: 0)
        let now = Int64(seconds) * Freshness.second
        #expect(freshness.state(at: now) == state)
        #expect(freshness.servesAfterError(at: now) == afterError)
        #expect(freshness.age(at: now) == seconds)
    }

    @Test(arguments: [
        (["Age": "10"], 10), (["Age": "x"], 0), (["Age": "99999999999999999999"], 1 << 31), (["Date": date(-7)], 7),
        (["Date": date(7)], 0), (["Date": date(-7), "Age": "10"], 10), (["Date": "yesterday"], 0),
    ])
    func agesOnArrival(fields: [String: String], age: Int) {
        var headers = Headers([(.cacheControl, "max-age=60")])
        for (name, value) in fields { headers.append(name, value) }
        let rules = StoringRules(configuration: ResponseCacheConfiguration())
        #expect(rules.storable(200, headers, to: [], date: Self.now)?.age == age)
    }

    @Test(arguments: [
        ("no-cache", false), ("max-age=0", false), ("max-age=9", false), ("max-age=10", true), ("min-fresh=50", true),
        ("min-fresh=51", false), ("max-stale=5", true), ("", true),
    ])
    func clientsThatDecide(control: String, accepts: Bool) {
        let request = CacheRequest(RequestHead(method: "GET", target: "/", fields: [("Cache-Control", control)]))
        let freshness = Freshness(.init(lifetime: 60 * Freshness.second), age: 10, now: 0)
        #expect(request.accepts(freshness, at: 0) == accepts)
    }

    @Test func variants() {
        func head(_ fields: [(String, String)]) -> RequestHead {
            RequestHead(method: "GET", target: "/", fields: fields)
        }
        let variant = Variant(["accept", "x-a", "accept"], of: head([("Accept", "text/html"), ("X-B", "1")]))
        #expect(variant.names == ["accept", "x-a"])
        #expect(variant.matches(head([("accept", "text/html"), ("X-B", "2")])))
        #expect(!variant.matches(head([("Accept", "text/plain")])))
        #expect(!variant.matches(head([("Accept", "text/html"), ("X-A", "")])))
        #expect(!variant.matches(head([("Accept", "text/html"), ("Accept", "text/plain")])))
        let lines = Variant(["accept"], of: head([("Accept", "a"), ("Accept", "b")]))
        #expect(lines.matches(head([("Accept", "a,b")])))
    }

    @Test(arguments: [
        ("https://a.test/x", "https://a.test/x", true), ("https://a.test/x", "http://a.test/x", false),
        ("a.test/x", "http://a.test/x", true), ("A.TEST/x", "https://a.test/x", true), ("/x", "https://a.test/x", true),
        ("/x", "https://a.test/x?y", false), ("/x*", "https://a.test/x?y", true), ("/X*", "https://a.test/x", false),
        ("a.test/*", "https://a.test/x", true), ("a.test/*", "https://a.test.b/x", false),
        ("a.test", "http://a.test/", true),
        ("http://a.test:80/", "http://a.test:80/", true), ("/r?u=http://b/*", "http://a/r?u=http://b/c", true),
        ("*", "", false), ("a.test*", "", false), ("ftp://a/", "", false), ("/a b", "", false), ("", "", false),
    ])
    func purging(pattern: String, url: String, matches: Bool) {
        let pattern = try? PurgePattern(parsing: pattern)
        #expect(pattern?.matches(Array(url.utf8)[...]) ?? false == matches)
        #expect(PurgePattern.all.matches(Array("http://a/".utf8)[...]))
    }

    @Test func wordsForPurging() {
        #expect(throws: PolicyError("'a.test*': an asterisk stands at the end of a path, as in a.test/*")) {
            try PurgePattern(parsing: "a.test*")
        }
        #expect(throws: PolicyError("'ftp://a/' is no URL of http or https")) { try PurgePattern(parsing: "ftp://a/") }
    }

    @Test func sizes() throws {
        var configuration = ResponseCacheConfiguration()
        try configuration.validate()
        configuration.objectLimit = 9 << 20
        #expect(
            throws: PolicyError("max-object is at most an eighth of memory; write a smaller one, or a larger memory")
        ) {
            try configuration.validate()
        }
        configuration.memory = 1 << 30
        configuration.disk = 64 << 20
        #expect(throws: PolicyError("max-object is at most an eighth of disk; write a smaller one, or a larger disk")) {
            try configuration.validate()
        }
        configuration.disk = 0
        configuration.folder = "/tmp"
        #expect(
            throws: PolicyError("folder says where files are made, and there are none without disk = \"1GB\"")
        ) { try configuration.validate() }
    }
}
