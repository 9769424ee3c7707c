import Logging
import MartletGateway
import Synchronization
import Testing

@testable import MartletACME

/// What a server would encrypt with.
private final class FakeServer: CertificateUser {
    private let used = Mutex<[CertificatePair]>([])

    var certificates: [CertificatePair] { used.withLock { $0 } }
    func use(_ certificate: CertificatePair, for names: [HostName]) { used.withLock { $0.append(certificate) } }
    func prove(_ name: String, with proof: CertificatePair?) {}
}

/// All of it but the network: an authority, a clock and a folder.
private struct Surroundings {
    let state = TemporaryState()
    let time = TestClock()
    let authority: FakeAuthority
    let server = FakeServer()
    let keeper: CertificateKeeper
    let configuration: ACMEConfiguration
    let wish: CertificateKeeper.Wish

    init(email: String? = nil) throws {
        authority = FakeAuthority(time)
        var configuration = ACMEConfiguration()
        configuration.directory = FakeAuthority.directory
        configuration.email = email
        self.configuration = configuration
        wish = CertificateKeeper.Wish(names: [try HostName(parsing: "a.test")], methods: [.http01])
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        keeper = CertificateKeeper(for: server, clock: time.clock, logger: logger) { [authority] _ in
            authority.connector
        }
    }

    func start() async {
        await keeper.prepare([wish], configuration, state: state.path)
        await keeper.keep([wish], configuration)
    }

    /// Waits for something that comes about without anybody saying so.
    func until(_ condition: (CertificateStatus) async -> Bool) async throws -> CertificateStatus {
        for _ in 0..<5000 {
            if let status = await keeper.status.first, await condition(status) { return status }
            try await Task.sleep(for: .milliseconds(2))
        }
        Issue.record("it has not come about: \(await keeper.status)")
        throw CancellationError()
    }
}

struct CertificateKeeperTests {
    @Test func aCertificateIsGotAndRenewed() async throws {
        let it = try Surroundings()
        await it.start()
        let first = try await it.until { $0.issuer != nil && !$0.isOrdering }
        #expect(it.server.certificates.count == 2, "one that stands in, then the real one")
        #expect(first.issuer == "Fake" && first.lastError == nil)
        #expect(first.renewedAt == it.time.now + 6 * 3600)
        it.time.allow(7 * 3600)
        let second = try await it.until { ($0.expiresAt ?? 0) > (first.expiresAt ?? 0) }
        #expect(second.expiresAt == (first.renewedAt ?? 0) + 9 * 3600, "in time, give or take nothing")
        #expect(await it.authority.count(of: "account") == 1)
        #expect(await it.authority.payload(of: "order")?.contains("replaces") == false, "it offers no RFC 9773")
        await it.keeper.end()
    }

    @Test func anotherStartTakesWhatIsThere() async throws {
        let it = try Surroundings()
        await it.start()
        _ = try await it.until { $0.issuer != nil && !$0.isOrdering }
        await it.keeper.end()
        await it.authority.forgetRequests()
        let again = CertificateKeeper(for: it.server, clock: it.time.clock, logger: Logger(label: "test")) {
            [authority = it.authority] _ in authority.connector
        }
        await again.prepare([it.wish], it.configuration, state: it.state.path)
        #expect(it.server.certificates.count == 3)
        await again.keep([it.wish], it.configuration)
        #expect(await again.status.first?.issuer == "Fake")
        await again.end()
        #expect(await it.authority.count(of: "order") == 0)
    }

    /// RFC 9773: the authority wants it renewed now, and is told which one the new one takes the place of.
    @Test func theAuthoritySaysWhenToRenew() async throws {
        let it = try Surroundings()
        await it.authority.suggest(-10...(-5))
        await it.start()
        let first = try await it.until { $0.issuer != nil && $0.renewedAt.map { $0 < it.time.now + 4000 } == true }
        #expect(first.renewedAt == it.time.now + 3600, "but not the one that it has only just given")
        it.time.allow(4000)
        _ = try await it.until { ($0.expiresAt ?? 0) > (first.expiresAt ?? 0) }
        let order = try #require(await it.authority.payload(of: "order"))
        #expect(order.contains(#""replaces":"AQID."#), "\(order)")
        await it.keeper.end()
    }

    @Test func anOrderThatReplacesNothingIsOneLikeAnyOther() async throws {
        let it = try Surroundings()
        await it.authority.suggest(-10...(-5))
        await it.start()
        let first = try await it.until { $0.issuer != nil && $0.renewedAt.map { $0 < it.time.now + 4000 } == true }
        await it.authority.refuse("order", 409, "alreadyReplaced")
        it.time.allow(4000)
        _ = try await it.until { ($0.expiresAt ?? 0) > (first.expiresAt ?? 0) }
        #expect(await it.authority.payload(of: "order")?.contains("replaces") == false)
        await it.keeper.end()
    }

    @Test func aLimitOfTheAuthorityIsKept() async throws {
        let it = try Surroundings()
        await it.authority.refuse("order", 429, "rateLimited", retryAfter: 5000)
        await it.start()
        let failed = try await it.until { $0.lastError != nil && !$0.isOrdering }
        #expect(failed.lastError == "no (rateLimited)")
        #expect(failed.triedAgainAt == it.time.now + 5000)
        // Whoever asks for a reload cannot get around it.
        await it.keeper.keep([it.wish], it.configuration)
        it.time.allow(4900)
        _ = try await it.until { _ in it.time.now > 1_800_000_000 + 4800 }
        #expect(await it.authority.count(of: "order") == 1)
        it.time.allow(200)
        let got = try await it.until { $0.issuer != nil }
        #expect(got.lastError == nil)
        await it.keeper.end()
    }

    @Test func aReloadTriesAgain() async throws {
        let it = try Surroundings()
        await it.authority.refuse("order", 403, "rejectedIdentifier")
        await it.start()
        let failed = try await it.until { $0.lastError != nil && !$0.isOrdering }
        #expect(failed.triedAgainAt == it.time.now + 60)
        await it.keeper.keep([it.wish], it.configuration)
        _ = try await it.until { $0.issuer != nil }
        await it.keeper.end()
    }

    @Test func aNonceThatIsRefusedIsReplaced() async throws {
        let it = try Surroundings()
        for _ in 0..<3 { await it.authority.refuse("order", 400, "badNonce") }
        await it.start()
        _ = try await it.until { $0.issuer != nil }
        #expect(await it.authority.count(of: "order") == 4)
        await it.keeper.end()
    }

    @Test func nonceAfterNonceIsGivenUp() async throws {
        let it = try Surroundings()
        for _ in 0..<10 { await it.authority.refuse("order", 400, "badNonce") }
        await it.start()
        _ = try await it.until { $0.lastError == "no (badNonce)" }
        #expect(await it.authority.count(of: "order") == 10)
        await it.keeper.end()
    }

    @Test func anAccountThatIsGoneIsOpenedAnew() async throws {
        let it = try Surroundings()
        await it.start()
        let first = try await it.until { $0.issuer != nil && !$0.isOrdering }
        await it.authority.forgetAccounts()
        it.time.allow(7 * 3600)
        _ = try await it.until { ($0.expiresAt ?? 0) > (first.expiresAt ?? 0) }
        #expect(await it.authority.count(of: "account") == 2)
        await it.keeper.end()
    }

    @Test func anotherAddressIsTold() async throws {
        let it = try Surroundings(email: "a@example.com")
        await it.start()
        _ = try await it.until { $0.issuer != nil && !$0.isOrdering }
        #expect(await it.authority.payload(of: "account")?.contains(#"["mailto:a@example.com"]"#) == true)
        var other = it.configuration
        other.email = "b@example.com"
        await it.keeper.prepare([it.wish], other, state: it.state.path)
        await it.keeper.keep([it.wish], other)
        it.time.allow(7 * 3600)
        _ = try await it.until { _ in
            await it.authority.payload(of: "account/0")?.contains("mailto:b@example.com") == true
        }
        #expect(await it.authority.count(of: "account") == 1)
        await it.keeper.end()
    }

    @Test func nothingIsAskedForAfterTheEnd() async throws {
        let it = try Surroundings()
        await it.keeper.end()
        await it.start()
        #expect(await it.keeper.status.isEmpty)
        #expect(await it.authority.requests.isEmpty)
    }
}
