public import HTTPTypes
public import MartletGateway

/// Handlers that are not `async`: they are called without a task, on the connection's event loop, and must not block.
extension RouteVerb {
    /// Registers a handler that is not `async` and takes nothing.
    ///
    /// - Parameters:
    ///   - pattern: the path, with parameters as `<name>` or `<converter:name>` (`PathConverter`).
    ///   - methods: for `app.route` only.
    ///   - name: the name that ``App/url(for:_:anchor:mountPath:)`` knows the route by.
    public func callAsFunction<Answer: ResponseConvertible>(
        _ pattern: String,
        methods: [HTTPRequest.Method]? = nil,
        name: String? = nil,
        file: StaticString = #fileID,
        line: UInt = #line,
        handler: @escaping @Sendable () throws -> Answer
    ) {
        add(
            pattern,
            methods,
            name,
            nil,
            file,
            line,
            .direct { request, _ in
                try handler().response(to: request)
            },
            answer: Answer.self
        )
    }

    /// Registers a handler that is not `async` and takes the request.
    public func callAsFunction<Answer: ResponseConvertible>(
        _ pattern: String,
        methods: [HTTPRequest.Method]? = nil,
        name: String? = nil,
        file: StaticString = #fileID,
        line: UInt = #line,
        handler: @escaping @Sendable (Request) throws -> Answer
    ) {
        add(
            pattern,
            methods,
            name,
            nil,
            file,
            line,
            .direct { request, values in
                try handler(values.stored(in: request)).response(to: request)
            },
            answer: Answer.self
        )
    }

    /// Registers a handler that is not `async` and takes values from the path.
    public func callAsFunction<Answer: ResponseConvertible, First: PathConvertible, each Rest: PathConvertible>(
        _ pattern: String,
        methods: [HTTPRequest.Method]? = nil,
        name: String? = nil,
        file: StaticString = #fileID,
        line: UInt = #line,
        handler: @escaping @Sendable (First, repeat each Rest) throws -> Answer
    ) {
        add(
            pattern,
            methods,
            name,
            ParameterType.list(First.self, repeat (each Rest).self),
            file,
            line,
            .direct { request, values in
                var values = values.reader
                let answer = try handler(
                    values.next(First.self),
                    repeat values.next((each Rest).self)
                )
                return try answer.response(to: request)
            },
            answer: Answer.self
        )
    }

    /// Registers a handler that is not `async` and takes the request and values from the path.
    public func callAsFunction<Answer: ResponseConvertible, First: PathConvertible, each Rest: PathConvertible>(
        _ pattern: String,
        methods: [HTTPRequest.Method]? = nil,
        name: String? = nil,
        file: StaticString = #fileID,
        line: UInt = #line,
        handler: @escaping @Sendable (Request, First, repeat each Rest) throws -> Answer
    ) {
        add(
            pattern,
            methods,
            name,
            ParameterType.list(First.self, repeat (each Rest).self),
            file,
            line,
            .direct { request, values in
                let request = values.stored(in: request)
                var values = values.reader
                let answer = try handler(
                    request,
                    values.next(First.self),
                    repeat values.next((each Rest).self)
                )
                return try answer.response(to: request)
            },
            answer: Answer.self
        )
    }
}
