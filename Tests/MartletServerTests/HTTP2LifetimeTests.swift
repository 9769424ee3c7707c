import Glibc
import HTTPTypes
import MartletGateway
import NIOCore
import Synchronization
import Testing

@testable import MartletServer

/// Nothing of an HTTP/2 connection outlives it, however it ends and whatever its requests wait for.
@Suite struct HTTP2LifetimeTests {
    enum Ending: CaseIterable {
        case closed, reset, halfClosed, streamsReset, brokenRule, farewell, stopped
    }

    enum Answer: String, CaseIterable {
        case file, part, parts, smallFile, stream, keptStream, none
    }

    /// Weak references to what has served requests.
    private final class Witness: DirectApplication {
        private struct Weak: @unchecked Sendable {
            weak var object: AnyObject?
        }

        private let seen = Mutex<[Weak]>([])
        private let answer: @Sendable (Request) -> Response?

        init(_ answer: @escaping @Sendable (Request) -> Response?) { self.answer = answer }

        var requests: Int { seen.withLock { $0.count } }
        var survivors: Int { seen.withLock { $0.count { $0.object != nil } } }

        func respond(to request: Request) async throws -> Response { try await respondByBeginning(request) }

        func begin(_ request: Request, for exchange: any Exchange) {
            let connection = (exchange as? ServerExchange)?.connection
            seen.withLock { $0.append(Weak(object: connection)) }
            if let response = answer(request) { exchange.complete(response) }
        }
    }

    private static func response(_ answer: Answer, _ path: String) -> Response? {
        let file = FileRange(.path(path), offset: 0, length: 3_000_000)
        switch answer {
        case .file: return Response(body: .file(file))
        case .part, .parts: return Response(headers: Headers([(.eTag, "\"a\"")]), body: .file(file))
        case .smallFile: return Response(body: .file(FileRange(.path(path), offset: 0, length: 10_000)))
        case .stream, .keptStream:
            var response = Response(
                body: .stream(length: nil) { writer in
                    for _ in 0..<100 { try await writer.write(ByteBuffer(repeating: 97, count: 16_384)) }
                }
            )
            response.bufferLimit = answer == .keptStream ? 1 << 30 : nil
            return response
        case .none: return nil
        }
    }

    @Test(arguments: Answer.allCases, Ending.allCases)
    func connectionIsGone(answer: Answer, ending: Ending) async throws {
        let path = "/tmp/martlet-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).bin"
        close(open(path, O_CREAT | O_RDWR, 0o600))
        #expect(truncate(path, 3_000_000) == 0)
        defer { unlink(path) }
        let witness = Witness { _ in Self.response(answer, path) }
        try await RunningServer.with(witness, configure: { $0.limits.lingerTimeout = .seconds(1) }) { server in
            for window in ending == .stopped ? [65_535] : [0, 65_535, 1 << 20] {
                try await Self.leave(server, ending, answer, window, witness)
            }
            for _ in 0..<500 where witness.survivors > 0 { try await Task.sleep(for: .milliseconds(10)) }
            #expect(witness.survivors == 0)
        }
    }

    private static let streams = 12

    private static func leave(
        _ server: RunningServer,
        _ ending: Ending,
        _ answer: Answer,
        _ window: Int,
        _ witness: Witness
    ) async throws {
        let client = try server.connect(receiveBuffer: 4096)
        let before = witness.requests
        let ids = (0..<streams).map { $0 * 2 + 1 }
        try await client.send(
            Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, 0, 0, [0, 4] + word(window))
                + ids.flatMap { frame(1, 5, $0, head(answer)) }
        )
        for _ in 0..<500 where witness.requests < before + streams { try await Task.sleep(for: .milliseconds(2)) }
        switch ending {
        case .closed: break
        case .reset: client.reset()
        case .halfClosed:
            // It may still want its answers, until it is gone.
            client.closeWrite()
            try await Task.sleep(for: .milliseconds(20))
            client.reset()
        case .streamsReset: try await client.send(ids.flatMap { frame(3, 0, $0, word(8)) })
        case .brokenRule: try await client.send(frame(0, 0, 0, [1]))
        case .farewell: try await client.send(frame(7, 0, 0, word(0) + word(0)))
        case .stopped: server.server.closeNow()
        }
        _ = try? await client.read()
    }

    private static func head(_ answer: Answer) -> [UInt8] {
        // GET http /, :authority: h
        var block: [UInt8] = [0x82, 0x86, 0x84, 0x41, 1, 0x68]
        let ranges = [Answer.part: "bytes=1-2999990", .parts: "bytes=0-999999,1500000-2999999"]
        if let range = ranges[answer] { block += [0, 5] + "range".utf8 + [UInt8(range.utf8.count)] + range.utf8 }
        return block
    }

    private static func word(_ number: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    private static func frame(_ type: UInt8, _ flags: UInt8, _ stream: Int, _ payload: [UInt8]) -> [UInt8] {
        word(payload.count)[1...] + [type, flags] + word(stream) + payload
    }
}
