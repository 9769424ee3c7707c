import FoundationEssentials
import Logging
import MartletCGI
import MartletGateway
import MartletTesting
import MartletWSGI
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// The worker's environ and the variables for upstreams and scripts are made in two places, by one table
/// (`MartletBytes/CGIFieldRole`): a request is the same in both.
struct EnvironTests {
    /// What upstreams are told and environ says in another way, or not at all.
    private static let upstreamsAlone: Set<String> = ["GATEWAY_INTERFACE", "REQUEST_SCHEME"]
    /// About the connection, which is of no meaning to an upstream.
    private static let environAlone: Set<String> = [
        "RAW_URI", "HTTP_CONNECTION", "HTTP_TE", "HTTP_UPGRADE", "HTTP_KEEP_ALIVE",
    ]

    private static let rows: [(method: String, target: String, fields: [(String, String)], body: String?)] = [
        ("GET", "/", [], nil),
        ("GET", "/a%20b/c%2Fd//e?q=%20&x", [("X-A", "1"), ("X-A", "2"), ("Cookie", "a=1"), ("Cookie", "b=2")], nil),
        ("POST", "/%FF/caf%C3%A9?", [("Content-Type", "text/plain; a=b"), ("Authorization", "Basic eA==")], "hello"),
        ("POST", "/", [], ""),
        (
            "PUT", "/x",
            [("Proxy", "evil"), ("X_Under", "1"), ("TE", "trailers"), ("Connection", "te"), ("User-Agent", "t")], "x"
        ),
    ]

    @Test("Environ and the variables of a request are the same")
    func environ() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let python = try await PythonReference.start("environ:application", [loop])
        let seen = Mutex<[String: String]>([:])
        let client = TestClient(
            ApplicationClosure { request in
                let variables = try CGIVariables(of: request, .init(length: request.body.knownLength))
                seen.withLock { $0 = Dictionary(variables.latin1) { $1 } }
                return try await python.respond(to: request)
            },
            eventLoop: loop
        )
        for row in Self.rows {
            let response = try await client.send(
                ConformanceRequest(
                    row.method,
                    row.target,
                    headers: row.fields,
                    body: row.body.map { .whole($0) } ?? .none
                )
            )
            let environ = try JSONDecoder().decode([String: String].self, from: Data(response.body.readableBytesView))
            let variables = seen.withLock { $0 }.filter { !Self.upstreamsAlone.contains($0.key) }
            #expect(environ.filter { !Self.environAlone.contains($0.key) } == variables, "\(row.target)")
        }
    }
}

extension CGIVariables {
    /// Values as environ has them (PEP 3333, "Unicode Issues").
    fileprivate var latin1: [(String, String)] {
        var pairs: [(String, String)] = []
        forEach { name, value in
            let text = String(String.UnicodeScalarView(value.map { Unicode.Scalar($0) }))
            pairs.append((String(decoding: name, as: UTF8.self), text))
        }
        return pairs
    }
}
