import MartletForms
import MartletSessions
import Testing

@Suite struct StoredSessionsTests {
    private let now = 1_764_460_800
    private let store = MemorySessionStore()
    private var sessions: StoredSessions<MemorySessionStore> { StoredSessions(Self.keys, store: store) }
    private static let keys = KeyRing.random()

    private func given(_ cookie: SetCookie?) throws -> MultiValues {
        let cookie = try #require(cookie)
        return [cookie.name: cookie.value]
    }

    @Test func valuesComeBack() async throws {
        var session = try await sessions.session(in: [:], now: now).session
        #expect(session.isNew)
        #expect(try await sessions.cookie(for: session, now: now) == nil)
        session["text"] = .string(String(repeating: "x", count: 10_000))
        let cookie = try await sessions.cookie(for: session, now: now)
        #expect(try #require(cookie).fieldValue(isSecure: true).utf8.count < 200)
        let again = try await sessions.session(in: try given(cookie), now: now + 10).session
        #expect(again.values == session.values && !again.isNew)
        #expect(try await sessions.cookie(for: again, now: now + 10) == nil)
        // A change keeps the id.
        var changed = again
        changed["more"] = 1
        _ = try await sessions.cookie(for: changed, now: now + 20)
        #expect(try await sessions.session(in: try given(cookie), now: now + 20).session["more"] == 1)
        #expect(await store.count == 1)
    }

    @Test func idsThatTheStoreDoesNotKnowAreNotTaken() async throws {
        var session = Session()
        session["a"] = 1
        let cookie = try await sessions.cookie(for: session, now: now)
        let other = StoredSessions(Self.keys, store: MemorySessionStore())
        let read = try await other.session(in: try given(cookie), now: now)
        #expect(read.session.isNew && read.session.id == nil && read.refusal == nil)
        let foreign = StoredSessions(.random(), store: store)
        #expect(try await foreign.session(in: try given(cookie), now: now).refusal == .badSignature)
        #expect(try await sessions.session(in: ["martlet_session": "x"], now: now).refusal == .malformed)
    }

    @Test func loginGivesAnotherID() async throws {
        var session = Session()
        session["cart"] = 1
        let before = try await sessions.cookie(for: session, now: now)
        session = try await sessions.session(in: try given(before), now: now).session
        session.regenerate()
        session["user"] = 7
        let after = try await sessions.cookie(for: session, now: now)
        #expect(after?.value != before?.value)
        #expect(try await sessions.session(in: try given(before), now: now).session.isNew)
        #expect(try await sessions.session(in: try given(after), now: now).session["cart"] == 1)
    }

    @Test func logoutForgets() async throws {
        var session = Session()
        session["user"] = 7
        let cookie = try await sessions.cookie(for: session, now: now)
        session = try await sessions.session(in: try given(cookie), now: now).session
        session.clear()
        #expect(try await sessions.cookie(for: session, now: now)?.maxAge == 0)
        #expect(await store.count == 0)
        #expect(try await sessions.session(in: try given(cookie), now: now).session.isNew)
    }

    @Test func sessionsEnd() async throws {
        var session = Session()
        session["user"] = 7
        let cookie = try await sessions.cookie(for: session, now: now)
        let end = now + 31 * 86_400
        #expect(try await !sessions.session(in: try given(cookie), now: end - 1).session.isNew)
        #expect(try await sessions.session(in: try given(cookie), now: end).session.isNew)
        #expect(await store.count == 0)
    }

    @Test func largeSessionsAreRefused() async throws {
        var session = Session()
        session["text"] = .string(String(repeating: "x", count: 100))
        let small = StoredSessions(Self.keys, store: store, longest: 100)
        await #expect(throws: SessionFault.tooLargeForStore(count: 111, limit: 100)) {
            _ = try await small.cookie(for: session, now: now)
        }
    }

    @Test func memoryIsBounded() async {
        let store = MemorySessionStore(capacity: 100)
        for number in 0..<1000 {
            await store.save("\(number)", [1], expires: now + 10)
            await store.save("kept", [2], expires: now + 10)
            #expect(await store.count <= 100)
        }
        #expect(await store.load("kept", now: now) == [2])
        #expect(await store.load("999", now: now) == [1])
        #expect(await store.load("0", now: now) == nil)
        await store.delete("999")
        #expect(await store.load("999", now: now) == nil)
    }
}
