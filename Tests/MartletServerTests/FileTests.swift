import Glibc
import MartletGateway
import MartletServer
import NIOCore
import Testing

/// Answers from files.
@Suite struct FileTests {
    @Test func filesArriveWholeAndInPart() async throws {
        let path = "/tmp/martlet-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).bin"
        let content = (0..<3_000_000).map { UInt8(97 + $0 / 1000 % 26) }
        let descriptor = open(path, O_CREAT | O_RDWR, 0o600)
        #expect(content.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } == content.count)
        let shared = OwnedDescriptor(descriptor)
        defer { unlink(path) }

        try await RunningServer.with { request in
            let numbers = request.query.split(separator: ",").compactMap { Int($0) }
            let source: FileRange.Source =
                switch request.path {
                case "/path": .path(path)
                case "/missing": .path(path + ".missing")
                case "/folder": .path("/tmp")
                default: .descriptor(shared)
                }
            return Response(body: .file(FileRange(source, offset: numbers[0], length: numbers[1])))
        } _: { server in
            let client = try server.connect()
            for way in ["path", "descriptor"] {
                for (offset, length) in [
                    (0, 3_000_000), (5, 0), (999, 2), (1_000_000, 16_384), (1, 16_385), (7, 700_000),
                ] {
                    let answer = try await client.get("/\(way)?\(offset),\(length)")
                    #expect(answer.status == 200)
                    #expect(Array(answer.body.utf8) == Array(content[offset..<(offset + length)]))
                }
            }
            try await client.send("HEAD /path?0,3000000 HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try await client.readAnswer(hasBody: false).contains(field: "Content-Length: 3000000"))
            for wrong in [
                "/missing?0,1", "/folder?0,1", "/path?2999999,2", "/path?9223372036854775807,9223372036854775807",
            ] {
                #expect(try await client.get(wrong).status == 500)
            }
            #expect(server.log.text.contains(".missing cannot be sent: No such file or directory."))
        }
    }

    @Test func clientMayLeaveInTheMiddle() async throws {
        let path = "/tmp/martlet-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).bin"
        close(open(path, O_CREAT | O_RDWR, 0o600))
        #expect(truncate(path, 8_000_000) == 0)
        defer { unlink(path) }
        try await RunningServer.with { _ in
            Response(body: .file(FileRange(.path(path), offset: 0, length: 8_000_000)))
        } _: { server in
            for _ in 0..<5 {
                let client = try server.connect(receiveBuffer: 4096)
                try await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                _ = try await client.read(until: "\r\n\r\n")
                client.reset()
            }
            #expect(try await server.connect().get("/").body.utf8.count == 8_000_000)
        }
    }
}
