public import HTTPTypes
public import MartletGateway

/// Handlers that take the body as a value.
extension RouteVerb {
    /// Registers a handler that takes the body, decoded from JSON or from a form as `request.decode` does, with
    /// its answers of 400, 413 and 415.
    ///
    ///     app.post("/orders", body: NewOrder.self) { order in … }
    public func callAsFunction<Body: Decodable & Sendable, Answer: ResponseConvertible>(
        _ pattern: String,
        methods: [HTTPRequest.Method]? = nil,
        name: String? = nil,
        body: Body.Type,
        file: StaticString = #fileID,
        line: UInt = #line,
        handler: @escaping @Sendable (Body) async throws -> Answer
    ) {
        self(pattern, methods: methods, name: name, body: body, file: file, line: line) {
            (_: Request, body: Body) async throws -> Answer in
            try await handler(body)
        }
    }

    /// Registers a handler that takes the body, and whose answer is sent as JSON.
    @_disfavoredOverload
    public func callAsFunction<Body: Decodable & Sendable, Answer: Encodable & Sendable>(
        _ pattern: String,
        methods: [HTTPRequest.Method]? = nil,
        name: String? = nil,
        body: Body.Type,
        file: StaticString = #fileID,
        line: UInt = #line,
        handler: @escaping @Sendable (Body) async throws -> Answer
    ) {
        self(pattern, methods: methods, name: name, body: body, file: file, line: line) {
            (_: Request, body: Body) async throws -> JSON<Answer> in
            try await JSON(handler(body))
        }
    }

    /// Registers a handler that takes the request, the body, and values from the path.
    public func callAsFunction<
        Body: Decodable & Sendable,
        Answer: ResponseConvertible,
        each Value: PathConvertible
    >(
        _ pattern: String,
        methods: [HTTPRequest.Method]? = nil,
        name: String? = nil,
        body: Body.Type,
        file: StaticString = #fileID,
        line: UInt = #line,
        handler: @escaping @Sendable (Request, Body, repeat each Value) async throws -> Answer
    ) {
        let types = ParameterType.list(repeat (each Value).self)
        add(
            pattern,
            methods,
            name,
            types.isEmpty ? nil : types,
            file,
            line,
            .waiting { request, values in
                let request = values.stored(in: request)
                var values = values.reader
                let answer = try await handler(
                    request,
                    request.decode(Body.self),
                    repeat values.next((each Value).self)
                )
                return try answer.response(to: request)
            },
            answer: Answer.self,
            body: body
        )
    }

    /// Registers a handler that takes the request, the body, and values from the path, and whose answer is sent as JSON.
    @_disfavoredOverload
    public func callAsFunction<
        Body: Decodable & Sendable,
        Answer: Encodable & Sendable,
        each Value: PathConvertible
    >(
        _ pattern: String,
        methods: [HTTPRequest.Method]? = nil,
        name: String? = nil,
        body: Body.Type,
        file: StaticString = #fileID,
        line: UInt = #line,
        handler: @escaping @Sendable (Request, Body, repeat each Value) async throws -> Answer
    ) {
        self(pattern, methods: methods, name: name, body: body, file: file, line: line) {
            (request: Request, body: Body, values: repeat each Value) async throws -> JSON<Answer> in
            try await JSON(handler(request, body, repeat each values))
        }
    }
}
