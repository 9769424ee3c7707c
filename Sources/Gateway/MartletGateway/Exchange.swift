package import HTTPTypes
package import NIOCore
internal import Synchronization

/// The server's end of one request: where its answer goes.
///
/// The rules:
///
/// 1. It is used on the event loop of the connection, unless a member says otherwise.
/// 2. Only the first call of `complete` or `fail` counts. Later ones are ignored, as are those after the client has
///    gone, so an application need not check whether anybody still waits.
/// 3. Keeping it keeps the memory of this request alive, and nothing else.
package protocol Exchange: AnyObject, Sendable {
    /// Says which route the request belongs to, before it is passed on. Who does not count leaves it out.
    func belongs(to route: RouteNumber)
    /// The answer.
    func complete(_ response: Response)
    /// Fails with an error, which is answered like one that ``Application/respond(to:)`` throws.
    func fail(_ error: any Error)
    /// What `fail` would answer to an error, with the reason logged: for those who change it before it is the answer.
    /// Nil if nobody waits for it, or if it is not for this exchange to answer.
    func response(to error: any Error) -> Response?
    /// Completes with what `work` returns or throws. It begins at once, in a task that is cancelled when the client
    /// goes away.
    func answer(by work: @escaping @Sendable () async throws -> Response)
    /// Sends an informational response at once, unless the answer has begun or the client cannot take one. From any
    /// thread.
    func inform(_ status: HTTPResponse.Status, _ headers: Headers)
    /// Has somebody told when the client is gone before it has its answer. Not all exchanges can: `isLost` tells as well.
    func observeLoss(by observer: any LossObserver)
    /// Whether the client is gone, as far as the server can know. A client that has only closed its sending side is
    /// not.
    var isLost: Bool { get }
}

extension Exchange {
    package func belongs(to route: RouteNumber) {}
    package func observeLoss(by observer: any LossObserver) {}
}

/// Who does nothing for a client that is gone.
package protocol LossObserver: AnyObject, Sendable {
    /// Called on the connection's loop or another one. The request that it is about may be over.
    func clientIsLost()
}

/// An application that answers by callback, or at once, and so needs no task.
package protocol DirectApplication: Application {
    /// Takes a request, on the event loop of its connection. Must not block; it may answer before it returns, or later.
    func begin(_ request: Request, for exchange: any Exchange)
}

extension DirectApplication {
    /// For callers that await a response, such as middleware.
    package func respondByBeginning(_ request: Request) async throws -> Response {
        try await AwaitedExchange.response(to: request, on: request.connection.eventLoop) { exchange in
            begin(request, for: exchange)
        }
    }
}

/// An exchange whose answer resumes a continuation.
package final class AwaitedExchange: Exchange {
    /// Awaits the answer to what is begun on a loop.
    package static func response(
        to request: Request,
        on loop: any EventLoop,
        _ begin: @escaping @Sendable (any Exchange) -> Void
    ) async throws -> Response {
        let exchange = AwaitedExchange(request)
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                exchange.state.withLock { $0.continuation = continuation }
                if loop.inEventLoop { begin(exchange) } else { loop.execute { begin(exchange) } }
            }
        } onCancel: {
            exchange.cancel()
        }
    }

    private struct State {
        var continuation: UnsafeContinuation<Response, any Error>?
        var task: Task<Void, Never>?
        var isCancelled = false
        var observer: (any LossObserver)?
    }

    private let request: Request
    private let state = Mutex(State())

    private init(_ request: Request) { self.request = request }

    private func cancel() {
        let (task, observer) = state.withLock { state in
            state.isCancelled = true
            return (state.task, state.observer.take())
        }
        task?.cancel()
        observer?.clientIsLost()
    }

    private func take() -> UnsafeContinuation<Response, any Error>? {
        state.withLock { state in
            state.observer = nil
            return state.continuation.take()
        }
    }

    package func complete(_ response: Response) { take()?.resume(returning: response) }
    package func fail(_ error: any Error) { take()?.resume(throwing: error) }
    package func response(to error: any Error) -> Response? { request.response(to: error) }

    package func answer(by work: @escaping @Sendable () async throws -> Response) {
        let task = Task(executorPreference: LoopExecutor.of(request.connection.eventLoop)) {
            do { self.complete(try await work()) } catch { self.fail(error) }
        }
        let isCancelled = state.withLock { state in
            state.task = task
            return state.isCancelled
        }
        if isCancelled { task.cancel() }
    }

    package func inform(_ status: HTTPResponse.Status, _ headers: Headers) { request.inform(headers, status: status) }
    package func observeLoss(by observer: any LossObserver) { state.withLock { $0.observer = observer } }
    package var isLost: Bool { request.isLost }
}

/// The way into an application: directly if it supports that, else in a task.
package struct EntryPoint: DirectApplication {
    private let application: any Application
    private let direct: (any DirectApplication)?

    package init(_ application: any Application) {
        self.application = application
        direct = application as? any DirectApplication
    }

    package func respond(to request: Request) async throws -> Response { try await application.respond(to: request) }

    package func begin(_ request: Request, for exchange: any Exchange) {
        if let direct { return direct.begin(request, for: exchange) }
        exchange.answer { [application] in try await application.respond(to: request) }
    }
}
