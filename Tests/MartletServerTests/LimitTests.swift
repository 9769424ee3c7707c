import HTTPTypes
import MartletGateway
import Synchronization
import Testing

@testable import MartletServer

/// Times and numbers that bound a client. The limits are short here; only that they act is tested, never when.
@Suite struct LimitTests {
    @Test func slowHeadIsRefused() async throws {
        try await RunningServer.with(ExchangeTests.echo, configure: { $0.limits.headTimeout = .milliseconds(100) }) {
            server in
            let client = try server.connect()
            try await client.send("GET / HTTP/1.1\r\nHo")
            #expect(try await client.readToEnd().hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func idleConnectionIsClosed() async throws {
        try await RunningServer.with(ExchangeTests.echo, configure: { $0.limits.idleTimeout = .milliseconds(100) }) {
            server in
            let client = try server.connect()
            #expect(try await client.get("/").status == 200)
            #expect(try await client.readToEnd() == "")
            let silent = try server.connect()
            #expect(try await silent.readToEnd() == "")
        }
    }

    @Test func slowBodyIsRefused() async throws {
        try await RunningServer.with(BodyTests.collect, configure: { $0.limits.bodyGrace = .milliseconds(100) }) {
            server in
            let client = try server.connect()
            try await client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\nhe")
            #expect(try await client.readToEnd().hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func clientThatDoesNotCloseIsClosed() async throws {
        try await RunningServer.with(ExchangeTests.echo, configure: { $0.limits.lingerTimeout = .milliseconds(100) }) {
            server in
            let client = try server.connect()
            try await client.send("nonsense\r\n\r\n")
            #expect(try await client.readToEnd().hasPrefix("HTTP/1.1 400 "))
            // Its own half is still open: the server does not wait for it for ever. Another request still finds a server.
            #expect(try await server.connect().get("/").status == 200)
        }
    }

    @Test func largeHeadsAndLongTargetsAreRefused() async throws {
        try await RunningServer.with(ExchangeTests.echo) { server in
            let long = String(repeating: "a", count: 8192)
            let field = "X: \(String(repeating: "a", count: 8000))\r\n"
            for (target, fields, status) in [
                (long, "", 414), ("", String(repeating: field, count: 5), 431),
                ("", String(repeating: "X: 1\r\n", count: 100), 431),
            ] {
                let answer = try await server.exchange("GET /\(target) HTTP/1.1\r\nHost: h\r\n\(fields)\r\n")
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            }
        }
    }

    @Test func oldestIdleConnectionMakesRoom() async throws {
        try await RunningServer.with(ExchangeTests.echo, configure: { $0.limits.connections = 3 }) { server in
            let clients = try (0..<3).map { _ in try server.connect() }
            for client in clients { _ = try await client.get("/") }
            let newcomer = try server.connect()
            #expect(try await newcomer.get("/new").body == "/new")
            #expect(try await clients[0].readToEnd() == "")
            #expect(try await clients[2].get("/kept").body == "/kept")
        }
    }

    @Test func withoutIdleConnectionsTheNewcomerIsClosed() async throws {
        let began = Signal()
        let goOn = Signal()
        try await RunningServer.with { _ in
            began.send()
            await goOn.wait()
            return .plain(.ok, "done")
        } configure: {
            $0.limits.connections = 1
        } _: { server in
            let busy = try server.connect()
            try await busy.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            await began.wait()
            #expect(try await server.connect().readToEnd() == "")
            goOn.send()
            #expect(try await busy.readAnswer().body == "done")
        }
    }

    @Test func aLoopThatHasNobodyToSpareAsksTheOthers() async throws {
        try await RunningServer.with(ExchangeTests.echo) {
            $0.limits.connections = 2
            $0.eventLoops = 4
        } _: { server in
            // The kernel spreads them over the loops as it likes.
            var clients: [RawClient] = []
            for number in 0..<40 {
                let client = try server.connect()
                #expect(try await client.get("/\(number)").body == "/\(number)")
                clients.append(client)
            }
        }
    }

    @Test func theSlowestHeadMakesRoom() async throws {
        try await RunningServer.with(ExchangeTests.echo, configure: { $0.limits.connections = 2 }) { server in
            let slow = try server.connect()
            try await slow.send("GET / HTTP/1.1\r\nHo")
            let busy = try server.connect()
            _ = try await busy.get("/")
            try await busy.send("GET /begun HTTP/1.1\r\nHo")
            #expect(try await server.connect().get("/new").body == "/new")
            #expect(try await slow.readToEnd() == "")
            try await busy.send("st: h\r\n\r\n")
            #expect(try await busy.readAnswer().body == "/begun")
        }
    }

    @Test func aLimitThatCannotBeKeptIsRefused() async {
        func fault(_ change: (inout Limits) -> Void) async -> String {
            var configuration = ServerConfiguration(addresses: [.tcp(host: "127.0.0.1", port: 0)], eventLoops: 1)
            change(&configuration.limits)
            let server = Server(configuration: configuration, logger: CapturedLog().logger)
            let error = await #expect(throws: SettingOutOfRange.self) { _ = try await server.bind() }
            return error?.description ?? ""
        }
        #expect(
            await fault { $0.headBytes = 70_000 } == "The setting limit-head is 70000 B: it is from 1 KB to 65535 B."
        )
        #expect(await fault { $0.headFields = 0 } == "The setting limit-head-fields is 0: it is from 1 to 16383.")
        #expect(await fault { $0.idleTimeout = .seconds(100_000_000) }.hasSuffix("it is from 1 s to 8760 h."))
    }

    @Test func memoryIsGivenBackOnceWhenManyHaveGone() {
        var tide = HighTide()
        let given = [3, 0, 12, 4, 2, 2, 1, 12, 0].map { tide.hasEbbed(to: $0 << 20) }
        #expect(given == [false, false, false, false, true, false, false, false, true])
    }
}
