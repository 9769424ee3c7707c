internal import HTTPTypes
public import MartletGateway
internal import Synchronization

extension Response {
    /// Server-sent events, for a page's `EventSource`:
    ///
    ///     app.get("/ticks") { request in
    ///         Response.events { events in
    ///             for number in 1... {
    ///                 try await events.send(data: "\(number)", id: "\(number)")
    ///                 try await Task.sleep(for: .seconds(1))
    ///             }
    ///         }
    ///     }
    ///
    /// The closure is cancelled when the client is gone, and when the server stops; browsers then come back by themselves, with
    /// `request.lastEventID`.
    ///
    /// - Parameter heartbeat: how often a comment is sent, so that nothing on the way takes a silent connection for dead; 15 seconds, as
    ///   the HTML standard advises.
    public static func events(
        heartbeat: Duration = .seconds(15),
        _ body: @escaping @Sendable (EventWriter) async throws -> Void
    ) -> Response {
        var headers = Headers([(.contentType, "text/event-stream"), (.cacheControl, "no-store")])
        // So that nginx does not keep events back.
        headers.append("X-Accel-Buffering", "no")
        return Response(
            headers: headers,
            body: .stream(length: nil) { writer in try await EventStream(writer, heartbeat: heartbeat).run(body) }
        )
    }
}

extension Request {
    /// The id of the last event that a client had before its connection broke, if it had one: its `EventSource` sends it when it comes
    /// back.
    public var lastEventID: String? { HTTPField.Name("Last-Event-ID").flatMap { headers[$0] } }
}

/// A stream of events while it is sent.
private struct EventStream {
    private enum Part: Sendable {
        case body(Result<Void, any Error>)
        case heart((any Error)?)
        case stop
    }

    private let writer: BodyWriter
    private let heartbeat: Duration

    init(_ writer: BodyWriter, heartbeat: Duration) {
        self.writer = writer
        self.heartbeat = heartbeat
    }

    /// - Throws: what the body throws, unless it is cancelled because the server stops: then the stream ends as it should.
    func run(_ body: @escaping @Sendable (EventWriter) async throws -> Void) async throws {
        let events = EventWriter(writer)
        let stop = BoundedQueue<Void>(limit: 1)
        writer.observeStop { stop.end() }
        let heartbeat = heartbeat
        let result = await withTaskGroup(of: Part.self) { group -> Result<Void, any Error> in
            group.addTask {
                do { return .body(.success(try await body(events))) } catch { return .body(.failure(error)) }
            }
            group.addTask {
                do {
                    while true {
                        try await Task.sleep(for: heartbeat)
                        try await events.beat()
                    }
                } catch {
                    return .heart(error)
                }
            }
            group.addTask {
                _ = await stop.take()
                return .stop
            }
            var isStopping = false
            for await part in group {
                switch part {
                case .body(let result):
                    group.cancelAll()
                    if isStopping, case .failure(let error) = result, error is CancellationError { return .success(()) }
                    return result
                case .heart: group.cancelAll()
                case .stop:
                    isStopping = !Task.isCancelled
                    group.cancelAll()
                }
            }
            return .success(())
        }
        try result.get()
    }
}
