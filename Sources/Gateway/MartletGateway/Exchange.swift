package import HTTPTypes
internal import NIOCore

/// The server's end of one request: where its answer goes.
///
/// The rules:
///
/// 1. It is used on the event loop of the connection, unless a member says otherwise.
/// 2. Only the first call of `complete` or `fail` counts. Later ones are ignored, as are those after the client has
///    gone, so an application need not check whether anybody still waits.
/// 3. Keeping it keeps the memory of this request alive, and nothing else.
package protocol Exchange: AnyObject, Sendable {
    /// The answer.
    func complete(_ response: Response)
    /// Fails with an error, which is answered like one that ``Application/respond(to:)`` throws.
    func fail(_ error: any Error)
    /// Completes with what `work` returns or throws. It begins at once, in a task that is cancelled when the client
    /// goes away.
    func answer(by work: @escaping @Sendable () async throws -> Response)
    /// Sends an informational response at once, unless the answer has begun or the client cannot take one. From any
    /// thread.
    func inform(_ status: HTTPResponse.Status, _ headers: Headers)
    /// Whether the client is gone, as far as the server can know. A client that has only closed its sending side is
    /// not.
    var isLost: Bool { get }
}

/// An application that answers by callback, or at once, and so needs no task.
package protocol DirectApplication: Application {
    /// Takes a request, on the event loop of its connection. Must not block; it may answer before it returns, or later.
    func begin(_ request: Request, for exchange: any Exchange)
}

extension DirectApplication {
    /// For callers that await a response, such as middleware.
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

/// An exchange whose answer resumes a continuation.
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

/// The way into an application: directly if it supports that, else in a task.
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
