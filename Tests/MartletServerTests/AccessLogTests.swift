import Foundation
import MartletGateway
import MartletServer
import Testing

@Suite struct AccessLogTests {
    private func temporaryFile() -> String {
        FileManager.default.temporaryDirectory.appending(path: "martlet-test-\(UUID().uuidString).log").path
    }

    @Test func combinedLines() async throws {
        let path = temporaryFile()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await RunningServer.with(ExchangeTests.echo, configure: { $0.accessLog = .file(path) }) { server in
            let client = try server.connect()
            _ = try await client.get("/a?b=%20", fields: "User-Agent: test/1.0\r\nREFERER: http://x/\r\n")
            _ = try await client.get("/error", fields: "User-Agent: a\"b\\é\r\n")
            try await client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
            _ = try await client.readAnswer(hasBody: false)
            _ = try await server.exchange("GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: liar\r\nBad Name: x\r\n\r\n")
        }
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(lines.count == 4)
        let time = #"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]"#
        let expected = [
            #"127\.0\.0\.1 - - \#(time) "GET /a\?b=%20 HTTP/1\.1" 200 2 "http://x/" "test/1\.0""#,
            #"127\.0\.0\.1 - - \#(time) "GET /error HTTP/1\.1" 500 \d+ "-" "a\\x22b\\x5C\\xC3\\xA9""#,
            #"127\.0\.0\.1 - - \#(time) "HEAD / HTTP/1\.1" 200 0 "-" "-""#,
            #"127\.0\.0\.1 - - \#(time) "GET / HTTP/1\.1" 400 \d+ "-" "-""#,
        ]
        for (line, pattern) in zip(lines, expected) {
            #expect(line.range(of: "^\(pattern)$", options: .regularExpression) != nil, "\(line)")
        }
    }

    @Test func reopenedLogLosesNoLine() async throws {
        let path = temporaryFile()
        defer {
            try? FileManager.default.removeItem(atPath: path)
            try? FileManager.default.removeItem(atPath: path + ".1")
        }
        try await RunningServer.with(ExchangeTests.echo, configure: { $0.accessLog = .file(path) }) { server in
            let client = try server.connect()
            for _ in 0..<10 { _ = try await client.get("/") }
            try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
            server.server.reopenLogs()
            for _ in 0..<10 { _ = try await client.get("/") }
        }
        let lines = try [path, path + ".1"].map { try String(contentsOfFile: $0, encoding: .utf8) }.joined()
        #expect(lines.split(separator: "\n").count == 20)
    }

    @Test func logThatCannotBeOpenedIsAnError() async throws {
        let server = Server(
            configuration: ServerConfiguration(
                addresses: [.tcp(host: "127.0.0.1", port: 0)],
                eventLoops: 1,
                accessLog: .file("/nonexistent/access.log")
            ),
            logger: CapturedLog().logger
        )
        let error = await #expect(throws: AccessLogError.self) { _ = try await server.bind() }
        #expect(
            error?.description == "The access log /nonexistent/access.log cannot be opened: No such file or directory."
        )
    }
}
