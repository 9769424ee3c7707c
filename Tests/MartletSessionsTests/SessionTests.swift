import MartletForms
import MartletSessions
import Testing

@Suite struct SessionTests {
    private let now = 1_764_460_800
    private let keys = KeyRing.random()

    private func given(_ cookie: SetCookie?) throws -> MultiValues {
        let text = try #require(cookie).fieldValue(isSecure: true)
        return [
            "other": "1", try #require(cookie).name: String(text.prefix { $0 != ";" }.drop { $0 != "=" }.dropFirst()),
        ]
    }

    @Test(arguments: [SessionCookies.Protection.signed, .sealed])
    func valuesComeBack(protection: SessionCookies.Protection) throws {
        let cookies = SessionCookies(keys, protection: protection)
        var session = cookies.session(in: [:], now: now).session
        #expect(session.isNew && !session.isModified && session.isEmpty)
        #expect(try cookies.cookie(for: session, now: now) == nil)
        session["user"] = 7
        session["name"] = "Zoë \"quoted\"; 🎉"
        session["rate"] = 2.5
        session["tags"] = ["a", 1, .null, true, ["x": 1.25]]
        session["large"] = .int(.max)
        let cookie = try cookies.cookie(for: session, now: now)
        let again = cookies.session(in: try given(cookie), now: now + 5)
        #expect(again.refusal == nil)
        #expect(again.session.values == session.values)
        #expect(!again.session.isNew && !again.session.isModified)
        #expect(again.session["user", as: Int.self] == 7)
        #expect(again.session["user", as: String.self] == nil)
        #expect(again.session["rate", as: Double.self] == 2.5)
        #expect(try cookies.cookie(for: again.session, now: now) == nil)
    }

    @Test func cookieOfASession() throws {
        var session = Session()
        session["user"] = 7
        let cookie = try #require(try SessionCookies(keys).cookie(for: session, now: now))
        let text = try cookie.fieldValue(isSecure: true)
        #expect(text.hasPrefix("martlet_session=eyJ1c2VyIjo3fQ.t6"))
        #expect(text.hasSuffix("; Secure; HttpOnly; Path=/; SameSite=Lax"))
    }

    @Test func permanentSessions() throws {
        let cookies = SessionCookies(keys)
        var session = Session()
        session.isPermanent = true
        session["user"] = 7
        let cookie = try cookies.cookie(for: session, now: now)
        #expect(cookie?.maxAge == 31 * 86_400)
        let again = cookies.session(in: try given(cookie), now: now + 86_400).session
        #expect(again.isPermanent && !again.isModified)
        // It lives on with every request, unless that is not wanted.
        #expect(try cookies.cookie(for: again, now: now + 86_400) != nil)
        var options = SessionOptions()
        options.isRefreshed = false
        #expect(try SessionCookies(keys, options: options).cookie(for: again, now: now + 86_400) == nil)
        let late = cookies.session(in: try given(cookie), now: now + 31 * 86_400 + 1)
        #expect(late.refusal == .expired(age: 31 * 86_400 + 1, maximum: 31 * 86_400))
        #expect(late.session.isNew)
    }

    @Test func whatIsChanged() {
        var session = Session(values: ["a": 1, "b": 2])
        session["a"] = 1
        #expect(!session.isModified)
        #expect(session.remove("none") == nil)
        #expect(!session.isModified)
        #expect(session.remove("a") == 1)
        #expect(session.isModified && session["a"] == nil)
        session["c", as: [String].self] = ["x"]
        #expect(session["c"] == ["x"])
    }

    @Test func emptiedSessionsAreDeleted() throws {
        let cookies = SessionCookies(keys)
        var session = Session(values: ["a": 1])
        session.clear()
        let cookie = try #require(try cookies.cookie(for: session, now: now))
        #expect(cookie.maxAge == 0 && cookie.value.isEmpty && cookie.name == "martlet_session")
        var new = Session()
        new["a"] = 1
        new["a"] = nil
        #expect(try cookies.cookie(for: new, now: now) == nil)
    }

    @Test func tamperedCookiesGiveANewSession() throws {
        let cookies = SessionCookies(keys)
        var session = Session()
        session["user"] = 7
        var values = try given(try cookies.cookie(for: session, now: now))
        let good = try #require(values["martlet_session"])
        for text in ["", "x", good + "x", String(good.dropLast()), "eyJ1c2VyIjo4fQ" + good.dropFirst(14)] {
            values["martlet_session"] = text
            let read = cookies.session(in: values, now: now)
            #expect(read.session.isNew && read.session.isEmpty && read.refusal != nil)
        }
        // Of two, the good one.
        values["martlet_session"] = "x"
        values.append("martlet_session", good)
        #expect(cookies.session(in: values, now: now).session["user"] == 7)
        // One of another application, or of a former secret.
        #expect(SessionCookies(.random()).session(in: values, now: now).refusal == .malformed)
    }

    @Test func whatCannotBeKept() throws {
        let cookies = SessionCookies(keys)
        var session = Session()
        session["text"] = .string(String(repeating: "x", count: 4000))
        do {
            _ = try cookies.cookie(for: session, now: now)
            Issue.record("nothing was thrown")
        } catch {
            #expect(
                "\(error)"
                    == "The session has 5455 bytes as a cookie; browsers drop those of more than 4096. Keep the data in a "
                    + "SessionStore on the server, or only its key in the session."
            )
        }
        session["text"] = nil
        session["list"] = [1, .double(.infinity)]
        #expect(throws: SessionFault.notANumber("list")) { try cookies.cookie(for: session, now: now) }
    }

    @Test func flashes() throws {
        var session = Session()
        session.flash("Saved.")
        session.flash("Too large.", category: "error")
        let cookies = SessionCookies(keys)
        session = cookies.session(in: try given(try cookies.cookie(for: session, now: now)), now: now).session
        #expect(session.flashes.count == 2)
        #expect(session.takeFlashes(["error"]) == [Flash("Too large.", category: "error")])
        #expect(session.isModified)
        #expect(session.takeFlashes() == [Flash("Saved.")])
        #expect(session.takeFlashes().isEmpty && session.isEmpty)
        for number in 0..<30 { session.flash("\(number)") }
        #expect(session.flashes.map(\.text) == (10..<30).map(String.init))
    }
}
