public import MartletGateway

/// What runs around the handlers of an app or a blueprint. The order is Flask's:
///
/// 1. `before`: the app's, then those of each blueprint inwards, in order of registration. The first that answers or throws ends
///    it: neither the rest nor the handler is called.
/// 2. The handler, or the router's own answer where nothing matches. An error becomes an answer (``ErrorHooks``).
/// 3. `after`: the other way round, on every answer, but not where an error is thrown on to the server.
/// 4. `teardown`: the other way round, always, and each of them; of an answer that is streamed, and of a WebSocket, when that has
///    ended.
struct RequestHooks: Sendable {
    typealias Before = @Sendable (inout Request) async throws -> Response?
    typealias After = @Sendable (inout Response, Request) async throws -> Void
    typealias Teardown = @Sendable (Request, (any Error)?) async -> Void

    var before: [Before] = []
    var after: [After] = []
    var teardown: [Teardown] = []

    /// Whether ``Current`` has the request.
    var providesCurrent = false

    var isEmpty: Bool { before.isEmpty && after.isEmpty && teardown.isEmpty && !providesCurrent }

    /// These, with those of a blueprint inside.
    func around(_ inner: RequestHooks) -> RequestHooks {
        var all = self
        all.before += inner.before
        all.after += inner.after
        all.teardown += inner.teardown
        all.providesCurrent = providesCurrent || inner.providesCurrent
        return all
    }

    /// - Parameters:
    ///   - body: the handler.
    ///   - onError: makes an answer of an error, or throws it on.
    func run(
        _ request: Request,
        _ body: (Request) async throws -> Response,
        onError: (any Error, Request) async throws -> Response
    ) async throws -> Response {
        guard providesCurrent else { return try await call(request, body, onError: onError) }
        return try await Current.$context.withValue(CurrentContext(request)) {
            try await call(request, body, onError: onError)
        }
    }

    private func call(
        _ request: Request,
        _ body: (Request) async throws -> Response,
        onError: (any Error, Request) async throws -> Response
    ) async throws -> Response {
        var request = request
        var failure: (any Error)?
        let result: Result<Response, any Error>
        do {
            var response: Response
            do {
                response = try await answer(&request, body)
            } catch {
                failure = error
                response = try await onError(error, request)
            }
            for hook in after.reversed() { try await hook(&response, request) }
            result = .success(response)
        } catch {
            failure = failure ?? error
            result = .failure(error)
        }
        guard !teardown.isEmpty else { return try result.get() }
        let ending = Ending(hooks: teardown, request: request)
        if failure == nil, case .success(let response) = result, let open = response.ended(by: ending) { return open }
        await ending.run(failure)
        return try result.get()
    }

    private func answer(_ request: inout Request, _ body: (Request) async throws -> Response) async throws -> Response {
        for hook in before {
            let response = try await hook(&request)
            if providesCurrent { Current.context?.update(request) }
            if let response { return response }
        }
        return try await body(request)
    }
}

extension Scaffold {
    /// Calls this before each request that is for something registered here; an app's own also before those that nothing answers.
    ///
    ///     app.before { request in request.storage[CurrentUser.self] = try await users.find(request.cookies["user"]) }
    ///
    /// Throw an ``Abort`` to refuse the request.
    public func before(
        file: StaticString = #fileID,
        line: UInt = #line,
        _ hook: @escaping @Sendable (inout Request) async throws -> Void
    ) {
        registry.change(SourceLocation(file: file, line: line)) { contents in
            contents.hooks.before.append { request in
                try await hook(&request)
                return nil
            }
        }
    }

    /// Calls this before each request, as the other `before`; the answer of one that has one is the request's.
    public func before<Answer: ResponseConvertible>(
        file: StaticString = #fileID,
        line: UInt = #line,
        _ hook: @escaping @Sendable (inout Request) async throws -> Answer?
    ) {
        registry.change(SourceLocation(file: file, line: line)) { contents in
            contents.hooks.before.append { request in try await hook(&request)?.response(to: request) }
        }
    }

    /// Calls this with each answer, which it may change: `app.after { response, request in response.headers[.cacheControl] = "no-store" }`.
    public func after(
        file: StaticString = #fileID,
        line: UInt = #line,
        _ hook: @escaping @Sendable (inout Response, Request) async throws -> Void
    ) {
        registry.change(SourceLocation(file: file, line: line)) { $0.hooks.after.append(hook) }
    }

    /// Calls this at the end of each request whatever has become of it, with the error of one that had one. Of a streamed answer and
    /// of a WebSocket that is when it has ended.
    public func teardown(
        file: StaticString = #fileID,
        line: UInt = #line,
        _ hook: @escaping @Sendable (Request, (any Error)?) async -> Void
    ) {
        registry.change(SourceLocation(file: file, line: line)) { $0.hooks.teardown.append(hook) }
    }
}
