package import HTTPTypes
internal import NIOCore

/// The server's end of one request: where its answer goes.
///
/// The rules:
///
/// 1. It is used on the event loop of the connection, unless a member says otherwise.
/// 2. The first of `complete` and `fail` counts. What comes later is ignored, as is what comes when the client has gone: whoever
///    answers need not know whether anybody still waits.
/// 3. Who keeps it keeps the connection's memory of this request, and nothing else.
package protocol Exchange: AnyObject, Sendable {
    /// The answer.
    func complete(_ response: Response)
    /// There is no answer but this error, which is answered as one that ``Application/respond(to:)`` throws.
    func fail(_ error: any Error)
    /// Completes with what `work` returns or throws. It begins at once, in a task that is cancelled when the client goes away.
    func answer(by work: @escaping @Sendable () async throws -> Response)
    /// Sends an informational response at once, unless the answer has begun or the client cannot take one. From any thread.
    func inform(_ status: HTTPResponse.Status, _ headers: Headers)
    /// The client is gone, as far as the server can know; one that has closed its half only is there.
    var isLost: Bool { get }
}

/// An application that hands its requests over and is called back, or that knows the answer at once: it needs no task.
package protocol DirectApplication: Application {
    /// Takes a request, on the event loop of its connection. It must not block, and answers now or later.
    func begin(_ request: Request, for exchange: any Exchange)
}

extension DirectApplication {
    /// The same for callers that wait for a response, such as middleware.
    package func respondByBeginning(_ request: Request) async throws -> Response {
        try await withUnsafeThrowingContinuation { continuation in
            let exchange = AwaitedExchange(request, continuation)
            let loop = request.connection.eventLoop
            if loop.inEventLoop {
                begin(request, for: exchange)
            } else {
                loop.execute { self.begin(request, for: exchange) }
            }
        }
    }
}

/// An exchange whose answer somebody waits for.
package final class AwaitedExchange: Exchange, @unchecked Sendable {
    private let request: Request
    private var continuation: UnsafeContinuation<Response, any Error>?

    package init(_ request: Request, _ continuation: UnsafeContinuation<Response, any Error>) {
        self.request = request
        self.continuation = continuation
    }

    package func complete(_ response: Response) { continuation.take()?.resume(returning: response) }
    package func fail(_ error: any Error) { continuation.take()?.resume(throwing: error) }

    package func answer(by work: @escaping @Sendable () async throws -> Response) {
        guard let continuation = continuation.take() else { return }
        Task {
            do { continuation.resume(returning: try await work()) } catch { continuation.resume(throwing: error) }
        }
    }

    package func inform(_ status: HTTPResponse.Status, _ headers: Headers) { request.inform(headers, status: status) }
    package var isLost: Bool { request.isLost }
}

/// An application, entered by the shortest way that it has.
package struct EntryPoint: Sendable {
    private let application: any Application
    private let direct: (any DirectApplication)?

    package init(_ application: any Application) {
        self.application = application
        direct = application as? any DirectApplication
    }

    package func begin(_ request: Request, for exchange: any Exchange) {
        if let direct { return direct.begin(request, for: exchange) }
        exchange.answer { [application] in try await application.respond(to: request) }
    }
}
