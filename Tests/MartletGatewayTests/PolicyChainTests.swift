import HTTPTypes
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import MartletGateway

@Suite struct PolicyChainTests {
    /// Leaves its name on the way in and out, and says what it is told to.
    private struct Layer: Policy {
        let name: String
        var verdict: @Sendable (String) -> Verdict = { _ in .pass }

        enum Trail: RequestStorage.Key { typealias Value = String }

        func receive(_ request: inout Request) -> Verdict {
            request.storage[Trail.self] = (request.storage[Trail.self] ?? "") + name
            return verdict(name)
        }

        func finish(_ response: inout Response, to request: Request) {
            response.headers.append("Layer", name + ":" + (request.storage[Trail.self] ?? ""))
        }
    }

    private struct Direct: DirectApplication {
        let begin: @Sendable (Request, any Exchange) -> Void
        func respond(to request: Request) async throws -> Response { try await respondByBeginning(request) }
        func begin(_ request: Request, for exchange: any Exchange) { begin(request, exchange) }
    }

    private struct Oops: Error {}

    /// As a server's exchange: errors become responses.
    private final class Server: Exchange, @unchecked Sendable {
        var responses: [Response] = []
        var isLost = false
        var task: Task<Void, Never>?

        func complete(_ response: Response) { if responses.isEmpty { responses.append(response) } }
        func fail(_ error: any Error) { if let response = response(to: error) { complete(response) } }
        func response(to error: any Error) -> Response? {
            isLost ? nil : (error as? any ResponseError)?.response ?? .plain(.internalServerError, "failed")
        }
        func answer(by work: @escaping @Sendable () async throws -> Response) {
            task = Task { do { complete(try await work()) } catch { fail(error) } }
        }
        func inform(_ status: HTTPResponse.Status, _ headers: Headers) {}

        var layers: [String] { responses.first?.headers.pairs.filter { $0.name == "Layer" }.map(\.value) ?? [] }
        var text: String {
            if case .bytes(let bytes)? = responses.first?.body { String(buffer: bytes) } else { "" }
        }
    }

    private func run(_ policies: [any Policy], _ application: any Application, lost: Bool = false) async -> Server {
        let server = Server()
        server.isLost = lost
        let head = RequestHead(method: "GET", target: "/", fields: [("Host", "localhost")])
        let connection = ConnectionInfo(
            remoteAddress: nil,
            localAddress: nil,
            eventLoop: NIOAsyncTestingEventLoop(),
            number: 1,
            logger: Logger(label: "test")
        )
        let request = Request(head: head, connection: connection, body: .none, sequence: 1, exchange: server)
        EntryPoint(application.policed(by: policies)).begin(request, for: server)
        let loop = connection.eventLoop as? NIOAsyncTestingEventLoop
        while let task = server.task, server.responses.isEmpty {
            await loop?.run()
            if server.responses.isEmpty { await Task.yield() }
            _ = task
        }
        return server
    }

    private let ok = Direct { $1.complete(.plain(.ok, "ok")) }

    @Test func theResponsePassesTheLayersInReverseOrder() async {
        let server = await run([Layer(name: "a"), Layer(name: "b")], ok)
        #expect(server.layers == ["b:ab", "a:ab"])
        #expect(server.text == "ok")
    }

    @Test func withoutPoliciesTheApplicationIsItself() {
        #expect(ok.policed(by: []) is Direct)
    }

    @Test func anAnswerPassesTheLayersOutside() async {
        let refusing = Layer(name: "b") { _ in .answer(.plain(.forbidden, "no")) }
        let server = await run([Layer(name: "a"), refusing, Layer(name: "c")], ok)
        #expect(server.layers == ["a:ab"])
        #expect(server.responses.first?.status == .forbidden)
    }

    @Test func anErrorIsAResponseToTheLayers() async {
        let failing = Direct { $1.fail(Oops()) }
        let throwing = ApplicationClosure { _ in throw Oops() }
        for application in [failing, throwing] as [any Application] {
            let server = await run([Layer(name: "a"), Layer(name: "b")], application)
            #expect(server.layers == ["b:ab", "a:ab"])
            #expect(server.text == "failed")
        }
    }

    @Test func anAnswerOfATaskPassesTheLayers() async {
        let server = await run([Layer(name: "a")], ApplicationClosure { _ in .plain(.ok, "later") })
        #expect(server.layers == ["a:a"])
        #expect(server.text == "later")
    }

    @Test func onlyTheFirstAnswerCounts() async {
        let twice = Direct {
            $1.complete(.plain(.ok, "first"))
            $1.complete(.plain(.ok, "second"))
            $1.fail(Oops())
        }
        let server = await run([Layer(name: "a")], twice)
        #expect(server.responses.count == 1)
        #expect(server.text == "first")
    }

    @Test func nothingIsDoneForAClientThatHasGone() async {
        let server = await run([Layer(name: "a")], Direct { $1.fail(Oops()) }, lost: true)
        #expect(server.responses.isEmpty)
    }

    @Test func aPolicyMayAskSomebody() async {
        let asking = Layer(name: "b") { _ in
            .wait { request in
                await Task.yield()
                return .pass(request)
            }
        }
        for application in [ok, ApplicationClosure { _ in .plain(.ok, "ok") }] as [any Application] {
            let server = await run([Layer(name: "a"), asking, Layer(name: "c")], application)
            #expect(server.layers == ["c:abc", "b:ab", "a:ab"])
            #expect(server.text == "ok")
        }
        let failing = await run([asking, Layer(name: "c")], Direct { $1.fail(Oops()) })
        #expect(failing.layers == ["c:bc", "b:b"])
        let refusing = Layer(name: "b") { _ in .wait { _ in .answer(.plain(.unauthorized, "who?")) } }
        let refused = await run([Layer(name: "a"), refusing], ok)
        #expect(refused.layers == ["a:ab"])
        let broken = Layer(name: "b") { _ in .wait { _ in throw Oops() } }
        let failed = await run([Layer(name: "a"), broken], ok)
        #expect(failed.layers == ["a:ab"])
        #expect(failed.text == "failed")
    }
}
