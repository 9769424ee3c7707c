import Glibc
import HTTPTypes
import Logging
import MartletGateway
import MartletServer
import NIOCore
import Synchronization
import Testing

/// Binding, and the end.
@Suite struct LifeTests {
    private func makeServer(_ address: ListenAddress) -> Server {
        Server(configuration: ServerConfiguration(addresses: [address], eventLoops: 2), logger: CapturedLog().logger)
    }

    @Test func idleConnectionsCloseAndBusyOnesFinish() async throws {
        let began = Signal()
        let goOn = Signal()
        try await RunningServer.with { request in
            if request.path == "/slow" {
                began.send()
                await goOn.wait()
            }
            return .plain(.ok, request.path)
        } _: { server in
            let idle = try server.connect()
            _ = try await idle.get("/")
            let busy = try server.connect()
            try await busy.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
            await began.wait()
            server.server.beginShutdown()
            #expect(try await idle.readToEnd() == "")
            goOn.send()
            let answer = try await busy.readToEnd()
            #expect(answer.hasSuffix("/slow"))
            #expect(answer.contains("Connection: close\r\n"))
            try await server.stopped()
            #expect(throws: RawClient.Failure.self) { try server.connect() }
        }
    }

    @Test func graceEndsWhatDoesNotFinish() async throws {
        let began = Signal()
        try await RunningServer.with { _ in
            began.send()
            try await Task.sleep(for: .seconds(1000))
            return .plain(.ok, "never")
        } configure: {
            $0.shutdownGrace = .milliseconds(50)
        } _: { server in
            let client = try server.connect()
            try await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            await began.wait()
            server.server.beginShutdown()
            try await server.stopped()
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func addressInUseNamesTheProcessAndAFreePort() async throws {
        try await RunningServer.with(ExchangeTests.echo) { server in
            let second = makeServer(.tcp(host: "127.0.0.1", port: server.port))
            let error = await #expect(throws: AddressInUse.self) { _ = try await second.bind() }
            #expect(error?.holder?.pid == Int(getpid()))
            #expect((error?.freePort ?? 0) > server.port)
            #expect(error?.description.contains("127.0.0.1:\(server.port) is in use by process \(getpid())") == true)
            #expect(error?.description.contains("or try 127.0.0.1:") == true)
        }
    }

    @Test func allLoopsShareThePort() async throws {
        try await RunningServer.with(ExchangeTests.echo, configure: { $0.eventLoops = 3 }) { server in
            for _ in 0..<30 {
                let answer = try await server.connect().get("/x")
                #expect(answer.body == "/x")
            }
        }
    }

    @Test func unixSocketIsTakenOverOnlyFromTheDead() async throws {
        let path = "/tmp/martlet-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sock"
        defer { unlink(path) }
        // What a server that was killed leaves behind.
        let dead = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        let result = try SocketAddress(unixDomainSocketPath: path).withSockAddr { Glibc.bind(dead, $0, socklen_t($1)) }
        #expect(result == 0)
        close(dead)

        try await RunningServer.with(ExchangeTests.echo, configure: { $0.addresses = [.unix(path: path)] }) { server in
            let client = try RawClient(path: path)
            #expect(try await client.get("/unix").body == "/unix")
            let error = await #expect(throws: AddressInUse.self) { _ = try await makeServer(.unix(path: path)).bind() }
            #expect(error?.holder?.pid == Int(getpid()))
            #expect(try await client.get("/still").body == "/still")
        }
        #expect(access(path, F_OK) != 0)
    }

    @Test func fileThatIsNoSocketIsLeftAlone() async throws {
        let path = "/tmp/martlet-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).txt"
        close(open(path, O_CREAT | O_WRONLY, 0o600))
        defer { unlink(path) }
        let error = await #expect(throws: BindFailure.self) { _ = try await makeServer(.unix(path: path)).bind() }
        #expect(error?.description.contains("no socket") == true)
        #expect(access(path, F_OK) == 0)
    }

    @Test func addressOfAnotherMachineIsExplained() async throws {
        let error = await #expect(throws: BindFailure.self) {
            _ = try await makeServer(.tcp(host: "192.0.2.1", port: 0)).bind()
        }
        #expect(error?.description == "Cannot listen at 192.0.2.1:0: this machine does not have that address.")
    }

    @Test func jobsResumedInARunInlineNeedNoQueue() async throws {
        let server = makeServer(.tcp(host: "127.0.0.1", port: 0))
        let loop = server.eventLoops[0]
        let executor = try #require(LoopExecutor.of(loop))
        let notes = Notes()
        try await loop.submit {
            executor.runInline {
                Task(executorPreference: executor) {
                    notes.add("job")
                    await Task.yield()
                    notes.add("job again")
                }
                notes.add("body")
            }
            notes.add("after")
        }.get()
        #expect(notes.all == ["body", "job", "job again", "after"])
    }
}

@Suite struct EveryAddressTests {
    @Test func everyAddressIsThoseOfBothFamiliesAtOnePort() async throws {
        let server = Server(
            configuration: ServerConfiguration(addresses: [.tcp(host: "*", port: 0)], eventLoops: 1),
            logger: CapturedLog().logger
        )
        let bound = try await server.bind().map(\.address)
        guard case .tcp("0.0.0.0", let port)? = bound.first else {
            Issue.record("\(bound)")
            return
        }
        // A machine without IPv6 has the first one only.
        #expect(bound.dropFirst().allSatisfy { $0 == .tcp(host: "::", port: port) })
    }

    @Test func urlsCanBeOpened() async throws {
        let server = Server(
            configuration: ServerConfiguration(addresses: [.tcp(host: "0.0.0.0", port: 0)], eventLoops: 1),
            logger: CapturedLog().logger
        )
        let bound = try await server.bind()
        #expect(bound.count == 1)
        #expect(bound[0].url.hasPrefix("http://127.0.0.1:"))
        #expect(!bound[0].url.hasSuffix(":0"))
    }
}
