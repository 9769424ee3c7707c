public import HTTPTypes
public import MartletGateway

/// The answers of an app or a blueprint to errors.
struct ErrorHooks: Sendable {
    typealias ErrorHook = @Sendable (any Error, Request) async throws -> Response?

    /// In order of registration; one that returns nil does not handle the error.
    var errors: [ErrorHook] = []
    var statuses: [(status: HTTPResponse.Status, hook: @Sendable (Request) async throws -> Response)] = []

    /// Whether errors are problems whatever the client accepts; nil if nothing was said here.
    var problems: ProblemRule?

    var isEmpty: Bool { errors.isEmpty && statuses.isEmpty }

    /// What was registered for an error; nil if nothing was.
    func answer(to error: any Error, _ request: Request) async throws -> Response? {
        for hook in errors {
            if let response = try await hook(error, request) { return response }
        }
        return nil
    }

    /// Those of a blueprint come before those of what it is registered in.
    func after(_ inner: ErrorHooks) -> ErrorHooks {
        ErrorHooks(
            errors: inner.errors + errors,
            statuses: inner.statuses + statuses,
            problems: inner.problems ?? problems
        )
    }

    func hasPage(for status: HTTPResponse.Status) -> Bool { statuses.contains { $0.status.code == status.code } }

    /// Replaces an answer by the page that was registered for its status.
    func decorate(_ answer: Response, _ request: Request) async throws -> Response {
        guard let hook = statuses.first(where: { $0.status.code == answer.status.code })?.hook else { return answer }
        var page = try await hook(request)
        if page.status == .ok { page.status = answer.status }
        for (name, value) in answer.headers.pairs {
            guard let name = HTTPField.Name(name), name != .contentType, page.headers[name] == nil else { continue }
            page.headers.append(name, value)
        }
        return page
    }
}

extension Scaffold {
    /// Answers errors of one type: `app.onError(DatabaseError.self) { error, request in … }`. The first that matches is
    /// used; register `(any Error).self` last. Those of a blueprint are for its own routes, and come first.
    public func onError<Failure>(
        _ type: Failure.Type,
        file: StaticString = #fileID,
        line: UInt = #line,
        _ answer: @escaping @Sendable (Failure, Request) async throws -> some ResponseConvertible
    ) {
        registry.change(SourceLocation(file: file, line: line)) { contents in
            contents.errors.errors.append { error, request in
                guard let failure = error as? Failure else { return nil }
                return try await answer(failure, request).response(to: request)
            }
        }
    }

    /// The page for a status that an error or the router answers with: `app.onStatus(.notFound) { request in HTML("…")
    /// }`. The status stays unless the page sets another, and so do fields like `Allow`.
    public func onStatus(
        _ status: HTTPResponse.Status,
        file: StaticString = #fileID,
        line: UInt = #line,
        _ page: @escaping @Sendable (Request) async throws -> some ResponseConvertible
    ) {
        registry.change(SourceLocation(file: file, line: line)) { contents in
            contents.errors.statuses.append((status, { try await page($0).response(to: $0) }))
        }
    }
}
