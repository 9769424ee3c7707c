public import HTTPTypes
public import MartletGateway

/// Handlers whose results are sent as JSON.
extension RouteVerb {
    /// Registers a handler that takes nothing and whose answer is sent as JSON.
    @_disfavoredOverload
    public func callAsFunction<Answer: Encodable & Sendable>(
        _ pattern: String,
        methods: [HTTPRequest.Method]? = nil,
        name: String? = nil,
        file: StaticString = #fileID,
        line: UInt = #line,
        handler: @escaping @Sendable () async throws -> Answer
    ) {
        self(pattern, methods: methods, name: name, file: file, line: line) { () async throws -> JSON<Answer> in
            try await JSON(handler())
        }
    }

    /// Registers a handler that takes the request and whose answer is sent as JSON.
    @_disfavoredOverload
    public func callAsFunction<Answer: Encodable & Sendable>(
        _ pattern: String,
        methods: [HTTPRequest.Method]? = nil,
        name: String? = nil,
        file: StaticString = #fileID,
        line: UInt = #line,
        handler: @escaping @Sendable (Request) async throws -> Answer
    ) {
        self(pattern, methods: methods, name: name, file: file, line: line) {
            (request: Request) async throws -> JSON<Answer> in
            try await JSON(handler(request))
        }
    }

    /// Registers a handler that takes values from the path and whose answer is sent as JSON.
    @_disfavoredOverload
    public func callAsFunction<Answer: Encodable & Sendable, First: PathConvertible, each Rest: PathConvertible>(
        _ pattern: String,
        methods: [HTTPRequest.Method]? = nil,
        name: String? = nil,
        file: StaticString = #fileID,
        line: UInt = #line,
        handler: @escaping @Sendable (First, repeat each Rest) async throws -> Answer
    ) {
        self(pattern, methods: methods, name: name, file: file, line: line) {
            (first: First, rest: repeat each Rest) async throws -> JSON<Answer> in
            try await JSON(handler(first, repeat each rest))
        }
    }

    /// Registers a handler that takes the request and values from the path and whose answer is sent as JSON.
    @_disfavoredOverload
    public func callAsFunction<Answer: Encodable & Sendable, First: PathConvertible, each Rest: PathConvertible>(
        _ pattern: String,
        methods: [HTTPRequest.Method]? = nil,
        name: String? = nil,
        file: StaticString = #fileID,
        line: UInt = #line,
        handler: @escaping @Sendable (Request, First, repeat each Rest) async throws -> Answer
    ) {
        self(pattern, methods: methods, name: name, file: file, line: line) {
            (request: Request, first: First, rest: repeat each Rest) async throws -> JSON<Answer> in
            try await JSON(handler(request, first, repeat each rest))
        }
    }
}
