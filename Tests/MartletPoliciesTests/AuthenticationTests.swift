import HTTPTypes
import MartletTesting
import Synchronization
import Testing

@testable import MartletGateway
@testable import MartletPolicies

@Suite struct AuthenticationTests {
    /// `htpasswd -nbB -C 4 ada secret`
    private static let ada = "$2y$04$NbVEIj0TYsrXgMBCm0vmE.1RrPnT1zR0gCiTMPHwXnGXx8vXrBpVS"

    private func configuration(_ keeps: Bool = false) throws -> BasicAuthentication {
        var configuration = BasicAuthentication()
        configuration.keepsCredentials = keeps
        let hash = try PasswordHash.make(of: Array("secret".utf8), cost: 4)
        try configuration.users.add("ada", hash: hash.text)
        try configuration.validate()
        return configuration
    }

    struct Row: Sendable {
        let value: String?
        let isWelcome: Bool
    }

    @Test(arguments: [
        Row(value: "Basic YWRhOnNlY3JldA==", isWelcome: true),
        Row(value: "basic YWRhOnNlY3JldA", isWelcome: true),
        Row(value: "Basic YWRhOndyb25n", isWelcome: false),
        Row(value: "Basic YWRhOnNlY3JldAA=", isWelcome: false),
        Row(value: "Basic bm9ib2R5OnNlY3JldA==", isWelcome: false),
        Row(value: "Basic YWRh", isWelcome: false),
        Row(value: "Basic ****", isWelcome: false),
        Row(value: "Basic ", isWelcome: false),
        Row(value: "Bearer YWRhOnNlY3JldA==", isWelcome: false),
        Row(value: nil, isWelcome: false),
    ])
    func whoComesIn(row: Row) async throws {
        let client = try PolicyCall(policies: [BasicAuthenticationPolicy(configuration())]).client()
        // The second time it is known.
        for _ in 0..<2 {
            let response = try await client.get("/", headers: row.value.map { [(.authorization, $0)] } ?? [])
            #expect(response.status == (row.isWelcome ? .ok : .unauthorized), "\(row)")
            #expect(response.field("Got-User") == (row.isWelcome ? "ada" : nil))
            #expect(response.field("Got-Authorization") == nil)
            let challenge = row.isWelcome ? nil : "Basic realm=\"restricted\", charset=\"UTF-8\""
            #expect(response.headers[.wwwAuthenticate] == challenge)
        }
    }

    @Test func thePasswordMayBeKept() async throws {
        let client = try PolicyCall(policies: [BasicAuthenticationPolicy(configuration(true))]).client()
        let response = try await client.get("/", headers: [(.authorization, "Basic YWRhOnNlY3JldA==")])
        #expect(response.field("Got-Authorization") == "Basic YWRhOnNlY3JldA==")
    }

    @Test func hashesAreMadeAndRead() throws {
        let hash = try PasswordHash.make(of: Array("pässword".utf8), cost: 4)
        #expect(hash.text.hasPrefix("$2b$04$"))
        #expect(hash.matches(Array("pässword".utf8)))
        #expect(!hash.matches(Array("password".utf8)))
        #expect(!hash.matches(Array("pässword\0".utf8)))
        // SHA-crypt, from its specification.
        let text = "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"
        #expect(try PasswordHash(parsing: text).matches(Array("Hello world!".utf8)))
    }

    @Test func whatIsNoPassword() {
        #expect(throws: PolicyError("the password is longer than 72 bytes; bcrypt does not look further")) {
            try PasswordHash.make(of: [UInt8](repeating: 97, count: 73))
        }
        #expect(throws: PolicyError("the password is empty")) { try PasswordHash.make(of: []) }
    }

    @Test(arguments: [
        (
            "ada:$apr1$x$y",
            "line 1: the hash of ada cannot be used: it is an MD5 hash, which is found by trying; "
                + "martlet hash-password and htpasswd -B make good ones"
        ),
        (
            "# people\nada:{SHA}abc=",
            "line 2: the hash of ada cannot be used: it is a bare SHA-1, which is found by trying; "
                + "martlet hash-password and htpasswd -B make good ones"
        ),
        (
            "ada:secret",
            "line 1: the hash of ada cannot be used: it is no hash, or one that is found by trying; passwords are not kept "
                + "as they are: martlet hash-password and htpasswd -B make good ones"
        ),
        (
            "ada:$2y$05$short",
            "line 1: the hash of ada cannot be used: it is no hash of crypt(3), or not a whole one; "
                + "martlet hash-password makes one"
        ),
        ("ada", "line 1 is not of the form name:hash"),
        (":\(ada)", "line 1: \"\" is no name of a user: it has no colon, and is not empty"),
        ("ada:\(ada)\nada:\(ada)", "line 2: the user ada is there twice"),
    ])
    func filesOfUsers(text: String, message: String) {
        #expect(throws: PolicyError(message)) { try PasswordFile(parsing: text) }
    }

    @Test func nobodyIsAnError() {
        #expect(throws: PolicyError("nobody could come in; name users, or a file of htpasswd -B")) {
            try BasicAuthentication().validate()
        }
    }

    // MARK: - Forward authentication

    private final class Asked: Sendable {
        let requests = Mutex<[[String: String]]>([])
    }

    private func forward(_ answer: Response, _ asked: Asked = Asked()) throws -> TestClient {
        var configuration = ForwardAuthentication(target: "/auth/check?x=1")
        configuration.identity = ["X-User", "X-Groups"]
        configuration.userField = "X-User"
        try configuration.validate()
        let application = ApplicationClosure { request in
            var fields = ["method": request.method.rawValue, "target": request.target]
            request.headers.forEach { fields[$0.lowercased()] = $1 }
            asked.requests.withLock { [fields] in $0.append(fields) }
            return answer
        }
        let policy = ForwardAuthenticationPolicy(configuration, by: ApplicationSender(application))
        return try PolicyCall(policies: [policy]).client()
    }

    private static let spoofed: [(HTTPField.Name, String)] = [
        (.init("X-User"), "root"), (.init("x_user"), "root"), (.init("X-Groups"), "wheel"), (.cookie, "s=1"),
    ]

    // GHSA-7r4p-vjf4-gxv4: the client's own fields never pass, also when the answer does not name them.
    @Test func identityIsTheAnswers() async throws {
        var yes = Response(status: .ok)
        yes.headers.append("x-user", "ada")
        yes.headers.append("X-Other", "not passed on")
        let asked = Asked()
        let response = try await forward(yes, asked).post("/shop?a=b", headers: Self.spoofed, body: "body")
        try response.expect(.ok)
        #expect(response.fields("Got-X-User") == ["ada"])
        #expect(response.fields("Got-x_user") == [])
        #expect(response.fields("Got-X-Groups") == [])
        #expect(response.fields("Got-X-Other") == [])
        #expect(response.fields("Got-User") == ["ada"])
        let question = asked.requests.withLock { $0.first } ?? [:]
        #expect(question["method"] == "GET")
        #expect(question["target"] == "/auth/check?x=1")
        #expect(question["cookie"] == "s=1")
        #expect(question["x-user"] == nil)
        #expect(question["content-length"] == nil)
        #expect(question["x-forwarded-method"] == "POST")
        #expect(question["x-forwarded-uri"] == "/shop?a=b")
        #expect(question["x-forwarded-for"] == "192.0.2.1")
    }

    @Test func anotherAnswerIsTheClients() async throws {
        var no = Response(status: .found)
        no.headers.append("Location", "/login")
        try await forward(no).get("/").expect(.found, headers: [(.location, "/login")])
        struct Down: Error {}
        let policy = ForwardAuthenticationPolicy(
            ForwardAuthentication(target: "/auth"),
            by: ApplicationSender(ApplicationClosure { _ in throw Down() })
        )
        try await PolicyCall(policies: [policy]).client().get("/").expect(.internalServerError)
    }

    @Test func aStreamThatNobodyWantsIsReleased() async throws {
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        let answer = Response(
            body: .stream(length: nil) { writer in
                defer { end.yield() }
                try await writer.write("x")
            }
        )
        try await forward(answer).get("/").expect(.ok)
        for await _ in ended { break }
    }

    @Test func whatCannotBeAsked() {
        #expect(throws: PolicyError("\"auth\" is no path to ask; write one like /auth/check")) {
            try ForwardAuthentication(target: "auth").validate()
        }
        var configuration = ForwardAuthentication(target: "/auth")
        configuration.userField = "X-User"
        #expect(
            throws: PolicyError(
                "the user's name is taken from X-User, which is not among the fields that are passed on"
            )
        ) {
            try configuration.validate()
        }
    }

    @Test func aClientThatGuessesLeavesRoomForOthers() {
        func client(_ number: UInt64) -> ClientKey { .address(high: number, low: 0) }
        var queue = PasswordQueue()
        func entered(_ client: ClientKey) -> Int { (0..<10).filter { _ in queue.enter(client) }.count }
        #expect(entered(client(1)) == 8)
        #expect((2..<20).map { entered(client($0)) }.reduce(0, +) == 56)
        #expect(entered(.unix) == 0)
        queue.leave(client(1))
        queue.leave(client(99))
        #expect(entered(.unix) == 1)
    }
}
