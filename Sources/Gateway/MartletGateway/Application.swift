/// What every server calls and every application is: one request in, one response out.
///
/// A Python WSGI callable, a Swift app, a folder of files and an upstream are all applications, and every listener
/// (HTTP, uwsgi, FastCGI, …) calls them through this one method.
///
/// The rules of the interface:
///
/// 1. A server calls `respond` on the event loop of the connection, with that loop as preferred task executor. An
///    application that never suspends never leaves the thread; one that blocks must move to a thread of its own.
/// 2. An error thrown from `respond` becomes a 500, or the answer of a ``ResponseError``. An error thrown from a
///    streamed body, after the head has been sent, aborts the connection: a broken answer is never ended as if it were
///    whole.
/// 3. When the client goes away the task is cancelled and the body stream throws ``ClientDisconnected``. A client that
///    has only closed its sending side has not gone: it still gets its answer. An incomplete body is its fault, and
///    throws a ``ResponseError``.
/// 4. `Content-Length` of bytes and files, framing, `Date` and `Connection` are the server's. HEAD, 204, 205 and 304
///    carry no body, whatever the application returns; a streamed one is run in a cancelled task, so that it can close
///    what it holds, and its first write throws.
/// 5. A request body that was not read is discarded by the server; the next request on the connection is not affected.
public protocol Application: Sendable {
    func respond(to request: Request) async throws -> Response
}

/// An application made of a closure.
public struct ApplicationClosure: Application {
    private let closure: @Sendable (Request) async throws -> Response

    public init(_ closure: @escaping @Sendable (Request) async throws -> Response) {
        self.closure = closure
    }

    public func respond(to request: Request) async throws -> Response {
        try await closure(request)
    }
}
