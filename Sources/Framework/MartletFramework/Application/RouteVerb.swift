public import HTTPTypes
public import MartletGateway

/// `app.get`, `app.post`, …: call it with a pattern and a handler.
///
/// A handler takes nothing, or the request, or values from the path in the order of the pattern, or the request and values.
/// It returns a ``ResponseConvertible`` or anything `Encodable`, which is sent as JSON.
public struct RouteVerb: Sendable {
    let registry: Registry
    /// Nil for `route`, which takes them as an argument.
    let methods: [HTTPRequest.Method]?

    func add(
        _ pattern: String,
        _ methods: [HTTPRequest.Method]?,
        _ name: String?,
        _ types: [ParameterType]?,
        _ file: StaticString,
        _ line: UInt,
        _ handler: @escaping Handler
    ) {
        var fault: String?
        if self.methods != nil, methods != nil {
            fault = "methods are given to `app.route`, a verb like `app.get` has its own"
        } else if self.methods == nil, methods?.isEmpty != false {
            fault = "`app.route` needs methods: [.get, .post]"
        }
        let route = Registry.Route(
            pattern: pattern,
            methods: self.methods ?? methods ?? [],
            name: name,
            types: types,
            handler: handler,
            location: SourceLocation(file: file, line: line),
            fault: fault
        )
        registry.change(route.location) { $0.routes.append(route) }
    }

    /// Registers a handler that takes nothing.
    ///
    /// - Parameters:
    ///   - pattern: the path, with parameters as `<name>` or `<converter:name>` (``PathConverter``).
    ///   - methods: for `app.route` only.
    ///   - name: the name that ``App/url(for:_:mountPath:)`` knows the route by.
    public func callAsFunction<Answer: ResponseConvertible>(
        _ pattern: String,
        methods: [HTTPRequest.Method]? = nil,
        name: String? = nil,
        file: StaticString = #fileID,
        line: UInt = #line,
        handler: @escaping @Sendable () async throws -> Answer
    ) {
        add(pattern, methods, name, nil, file, line) { request, _ in
            try await handler().response(to: request)
        }
    }

    /// Registers a handler that takes the request.
    public func callAsFunction<Answer: ResponseConvertible>(
        _ pattern: String,
        methods: [HTTPRequest.Method]? = nil,
        name: String? = nil,
        file: StaticString = #fileID,
        line: UInt = #line,
        handler: @escaping @Sendable (Request) async throws -> Answer
    ) {
        add(pattern, methods, name, nil, file, line) { request, values in
            try await handler(values.stored(in: request)).response(to: request)
        }
    }

    /// Registers a handler that takes values from the path.
    public func callAsFunction<Answer: ResponseConvertible, First: PathConvertible, each Rest: PathConvertible>(
        _ pattern: String,
        methods: [HTTPRequest.Method]? = nil,
        name: String? = nil,
        file: StaticString = #fileID,
        line: UInt = #line,
        handler: @escaping @Sendable (First, repeat each Rest) async throws -> Answer
    ) {
        add(pattern, methods, name, Self.types(First.self, repeat (each Rest).self), file, line) { request, values in
            var values = values.reader
            let answer = try await handler(
                values.next(First.self),
                repeat values.next((each Rest).self)
            )
            return try answer.response(to: request)
        }
    }

    /// Registers a handler that takes the request and values from the path.
    public func callAsFunction<Answer: ResponseConvertible, First: PathConvertible, each Rest: PathConvertible>(
        _ pattern: String,
        methods: [HTTPRequest.Method]? = nil,
        name: String? = nil,
        file: StaticString = #fileID,
        line: UInt = #line,
        handler: @escaping @Sendable (Request, First, repeat each Rest) async throws -> Answer
    ) {
        add(pattern, methods, name, Self.types(First.self, repeat (each Rest).self), file, line) { request, values in
            let request = values.stored(in: request)
            var values = values.reader
            let answer = try await handler(
                request,
                values.next(First.self),
                repeat values.next((each Rest).self)
            )
            return try answer.response(to: request)
        }
    }

    private static func types<each Value: PathConvertible>(_ type: repeat (each Value).Type) -> [ParameterType] {
        var types: [ParameterType] = []
        for type in repeat each type { types.append(ParameterType(type)) }
        return types
    }
}

// MARK: - Handlers whose answer is encoded as JSON

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
