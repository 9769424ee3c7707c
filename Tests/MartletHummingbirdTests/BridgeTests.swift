#if Hummingbird
import Foundation
import HTTPTypes
import Hummingbird
import MartletFramework
import MartletGateway
import MartletHummingbird
import MartletTesting
import NIOCore
import Testing
import conformance_app

/// The table of conformance through the bridges: the one into Hummingbird behind its own server, and both in a row in memory.
@Suite struct ConformanceThroughBridges {
    @Test(arguments: ConformanceCase.table)
    func inHummingbird(_ row: ConformanceCase) async throws {
        try await HummingbirdServer.with(GatewayResponder<BasicRequestContext>(referenceApp())) { target in
            let faults = await row.check(target)
            #expect(faults.isEmpty, "\(row): \(faults.joined(separator: " "))")
        }
    }

    @Test(arguments: ConformanceCase.table)
    func thereAndBack(_ row: ConformanceCase) async {
        let responder = GatewayResponder<BasicRequestContext>(referenceApp())
        let faults = await row.check(TestClient(HummingbirdApplication(responder)))
        #expect(faults.isEmpty, "\(row): \(faults.joined(separator: " "))")
    }
}

@Suite struct MartletInHummingbird {
    @Test func anAppBelowAPathIsAskedFirst() async throws {
        let app = App()
        app.get("/where") { request in "\(request.mountPath) \(request.path)" }
        let router = Router()
        router.add(middleware: try GatewayMiddleware(app, at: "/shop"))
        router.get("other") { _, _ in "Hummingbird" }
        try await HummingbirdServer.with(router.buildResponder()) { target in
            for (path, text) in [("/shop/where", "/shop /where"), ("/other", "Hummingbird")] {
                let answer = try await target.send(ConformanceRequest("GET", path))
                #expect(answer.text == text)
            }
            let beside = try await target.send(ConformanceRequest("GET", "/shopping"))
            #expect(beside.status == 404)
        }
    }

    @Test func aPathThatIsNoneIsRefused() {
        #expect(throws: (any Error).self) { _ = try GatewayMiddleware<BasicRequestContext>(App(), at: "shop") }
    }

    @Test func aFileIsSentInPiecesAndInParts() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(component: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let content = String(repeating: "0123456789abcdef", count: 20_000)
        let path = folder.appending(component: "file").path()
        try content.write(toFile: path, atomically: true, encoding: .utf8)
        let application = ApplicationClosure { _ in
            MartletGateway.Response(
                headers: Headers([(.eTag, "\"1\"")]),
                body: .file(FileRange(.path(path), offset: 0, length: content.utf8.count))
            )
        }
        try await HummingbirdServer.with(GatewayResponder<BasicRequestContext>(application)) { target in
            #expect(try await target.send(ConformanceRequest("GET", "/")).text == content)
            let part = try await target.send(ConformanceRequest("GET", "/", headers: [("Range", "bytes=10-12")]))
            #expect(part.status == 206)
            #expect(part.text == "abc")
            let known = try await target.send(ConformanceRequest("GET", "/", headers: [("If-None-Match", "\"1\"")]))
            #expect(known.status == 304)
        }
    }

    /// The application may answer while it still reads.
    @Test func aBodyIsReadWhileTheAnswerIsWritten() async throws {
        let application = ApplicationClosure { request in
            MartletGateway.Response(
                body: .stream(length: nil) { writer in
                    for try await piece in request.body { try await writer.write(piece) }
                }
            )
        }
        let pieces = (0..<50).map { String(repeating: "\($0) ", count: 5000) }
        try await HummingbirdServer.with(GatewayResponder<BasicRequestContext>(application)) { target in
            let answer = try await target.send(ConformanceRequest("POST", "/", body: .pieces(pieces)))
            #expect(answer.text == pieces.joined())
        }
    }

    @Test func aHeadThatIsTooLargeIsRefused() async throws {
        try await HummingbirdServer.with(GatewayResponder<BasicRequestContext>(App())) { target in
            let long = (0..<10).map { ("X-\($0)", String(repeating: "x", count: 7500)) }
            let answer = try await target.send(ConformanceRequest("GET", "/", headers: long))
            #expect(answer.status == 431)
        }
    }
}

@Suite struct HummingbirdInMartlet {
    private static func router() -> Router<AddressContext> {
        let router = Router(context: AddressContext.self)
        router.get("hello") { request, _ in "Hello from \(request.uri.path), \(request.uri.queryParameters["a"] ?? "")"
        }
        router.post("echo") { request, _ in
            Hummingbird.Response(status: .ok, body: ResponseBody(asyncSequence: request.body))
        }
        router.get("address") { _, context in context.remoteAddress?.ipAddress ?? "none" }
        router.get("id") { _, context in context.id }
        router.get("refused") { _, _ -> String in throw HTTPError(.conflict, message: "taken") }
        router.get("broken") { _, _ -> String in throw Broken() }
        router.get("host") { request, _ in request.head.authority ?? "" }
        router.get("trailer") { _, _ in
            Hummingbird.Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: "body"))
                    try await writer.finish([.eTag: "\"1\""])
                }
            )
        }
        return router
    }

    struct Broken: Error {}

    struct AddressContext: RequestContext, RemoteAddressRequestContext {
        var coreContext: CoreRequestContextStorage
        let remoteAddress: SocketAddress?

        init(source: ApplicationRequestContextSource) {
            coreContext = .init(source: source)
            remoteAddress = source.channel.remoteAddress
        }
    }

    private let client: TestClient = {
        let app = App()
        app.get("/") { "Martlet" }
        app.mount("/legacy", HummingbirdApplication(Self.router().buildResponder()))
        return TestClient(app)
    }()

    @Test func routesOfBothAreInOneApp() async throws {
        #expect(try await client.get("/").text == "Martlet")
        #expect(try await client.get("/legacy/hello?a=1").text == "Hello from /hello, 1")
        #expect(try await client.get("/legacy/nothing").status == .notFound)
    }

    @Test func aBodyIsEchoedWhileItComes() async throws {
        let text = String(repeating: "0123456789", count: 50_000)
        let answer = try await client.send(
            TestRequest(
                .post,
                "/legacy/echo",
                body: .pieces([ByteBuffer(string: text), ByteBuffer(string: "end")], announced: false)
            )
        )
        #expect(answer.text == text + "end")
    }

    @Test func headHasTheLengthOfGet() async throws {
        let responder = CallbackResponder<BasicRequestContext> { request, _ in
            let answer = Hummingbird.Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: "12345")))
            return request.method == .head ? answer.createHeadResponse() : answer
        }
        let answer = try await TestClient(HummingbirdApplication(responder)).head("/")
        #expect(answer.headers[.contentLength] == "5")
        #expect(answer.text.isEmpty)
    }

    @Test func errorsAreWhatTheyWereInHummingbird() async throws {
        let refused = try await client.get("/legacy/refused")
        #expect(refused.status == .conflict)
        #expect(refused.text.contains("taken"))
        #expect(try await client.get("/legacy/broken").status == .internalServerError)
    }

    @Test func theRequestIsKnownByItsID() async throws {
        #expect(try await !client.get("/legacy/id").text.isEmpty)
        #expect(try await client.get("/legacy/host").text == "localhost")
    }
}
#endif
