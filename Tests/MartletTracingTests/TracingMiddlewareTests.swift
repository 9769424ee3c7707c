import HTTPTypes
import InMemoryTracing
import MartletFramework
import MartletGateway
import MartletTesting
import MartletTracing
import Testing
import Tracing

@Suite struct TracingMiddlewareTests {
    private struct Broken: Error {}

    private let tracer = InMemoryTracer()

    private func client(_ build: (App) -> Void) -> TestClient {
        let app = App()
        app.use(TracingMiddleware(tracer))
        build(app)
        return TestClient(app)
    }

    @Test func aSpanIsNamedByItsRoute() async throws {
        let users = Blueprint("users", prefix: "/users")
        users.get("/<int:id>") { (id: Int) in "user \(id)" }
        _ = try await client { $0.register(users) }.get("/users/7?token=secret")
        let span = try #require(tracer.finishedSpans.first)
        #expect(span.operationName == "GET /users/<int:id>")
        #expect(span.kind == .server)
        #expect(span.attributes.get("http.route") == "/users/<int:id>")
        #expect(span.attributes.get("http.request.method") == "GET")
        #expect(span.attributes.get("url.path") == "/users/7")
        #expect(span.attributes.get("url.query") == nil)
        #expect(span.attributes.get("http.response.status_code") == .int64(200))
        #expect(span.status == nil)
    }

    @Test func whatNoRouteAnswersHasTheMethodForAName() async throws {
        _ = try await client { _ in }.get("/nothing/7")
        let span = try #require(tracer.finishedSpans.first)
        #expect(span.operationName == "GET")
        #expect(span.attributes.get("http.response.status_code") == .int64(404))
        #expect(span.status == nil)
    }

    @Test func theTraceOfTheClientGoesOnInTheHandler() async throws {
        let tracer = tracer
        let client = client {
            $0.get("/") { () async in
                tracer.withSpan("query") { _ in }
                return ""
            }
        }
        _ = try await client.get(
            "/",
            headers: [
                (try #require(HTTPField.Name(InMemoryTracer.traceIDKey)), "trace-9"),
                (try #require(HTTPField.Name(InMemoryTracer.spanIDKey)), "span-9"),
            ]
        )
        let spans = tracer.finishedSpans
        #expect(spans.map(\.operationName) == ["query", "GET /"])
        #expect(spans.map(\.traceID) == ["trace-9", "trace-9"])
        #expect(spans.last?.parentSpanID == "span-9")
        #expect(spans.first?.parentSpanID == spans.last?.spanID)
    }

    @Test(arguments: [(true, 500), (false, 409)])
    func onlyTheServersErrorsAreErrors(_ isBroken: Bool, _ status: Int) async throws {
        let client = client {
            $0.get("/") { () -> String in
                if isBroken { throw Broken() }
                throw Abort(.conflict)
            }
        }
        _ = try await client.get("/")
        let span = try #require(tracer.finishedSpans.first)
        #expect(span.attributes.get("http.response.status_code") == .int64(Int64(status)))
        #expect((span.status?.code == .error) == isBroken)
    }

    @Test func aSpanLastsAsLongAsTheBody() async throws {
        let tracer = tracer
        let client = client {
            $0.get("/") {
                Response.stream { writer in
                    #expect(tracer.finishedSpans.isEmpty)
                    tracer.withSpan("row") { _ in }
                    try await writer.write("row")
                    throw Broken()
                }
            }
        }
        _ = try await client.get("/")
        #expect(tracer.finishedSpans.map(\.operationName) == ["row", "GET /"])
        #expect(tracer.finishedSpans.last?.status?.code == .error)
        #expect(tracer.finishedSpans.last?.errors.count == 1)
        #expect(tracer.activeSpans.isEmpty)
    }

    @Test func aMountIsARouteToo() async throws {
        let inner = App()
        inner.get("/x") { request in request.route ?? "" }
        let answer = try await client { $0.mount("/legacy", inner) }.get("/legacy/x")
        #expect(answer.text == "/x")
        #expect(tracer.finishedSpans.first?.operationName == "GET /legacy/x")
    }
}
