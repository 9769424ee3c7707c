internal import HTTPTypes
public import MartletGateway

/// What the expansion of a decorator calls.
extension DecoratedRoute {
    /// The answer to a request by what a function has returned.
    public static func answer(_ value: some ResponseConvertible, to request: Request) throws -> Response {
        try value.response(to: request)
    }

    /// The answer as JSON.
    @_disfavoredOverload
    public static func answer(_ value: some Encodable & Sendable, to request: Request) throws -> Response {
        try JSON(value).response(to: request)
    }

    /// Says what a function may return.
    @_disfavoredOverload
    @available(
        *,
        unavailable,
        message:
            "a route returns a String, HTML, a Response, a status or anything else that is ResponseConvertible, or something Encodable and Sendable to be sent as JSON"
    )
    public static func answer<Value>(_ value: Value, to request: Request) throws -> Response {
        .plain(.internalServerError, "")
    }

    /// The request as a function gets it: it knows what was in its path.
    public static func request(_ request: Request, _ parameters: PathParameters) -> Request {
        parameters.stored(in: request)
    }

    /// A parameter that is in no pattern.
    public static func extract<Value: RequestExtractable>(
        _ type: Value.Type,
        _ request: Request,
        _ parameters: PathParameters
    ) async throws -> Value {
        try await type.extract(from: parameters.stored(in: request))
    }

    /// Says what a parameter may be.
    @_disfavoredOverload
    @available(
        *,
        unavailable,
        message:
            "a parameter of a route is in its pattern, is the Request, has a default value, or is of a type that is RequestExtractable"
    )
    public static func extract<Value>(
        _ type: Value.Type,
        _ request: Request,
        _ parameters: PathParameters
    ) async throws -> Value {
        throw Abort(.internalServerError)
    }
}
