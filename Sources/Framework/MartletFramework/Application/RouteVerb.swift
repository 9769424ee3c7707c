internal import HTTPTypes
internal import MartletGateway

/// `app.get`, `app.post`, …: call it with a pattern and a handler.
///
/// A handler takes nothing, or the request, or values from the path in the order of the pattern, or the request and
/// values. It returns a ``ResponseConvertible`` or anything `Encodable`, which is sent as JSON.
public struct RouteVerb: Sendable {
    let registry: Registry
    /// Nil for `route`, whose methods are an argument.
    let methods: [HTTPRequest.Method]?

    func add(
        _ pattern: String,
        _ methods: [HTTPRequest.Method]?,
        _ name: String?,
        _ types: [ParameterType]?,
        _ file: StaticString,
        _ line: UInt,
        _ handler: Handler,
        answer: Any.Type? = nil,
        body: Any.Type? = nil
    ) {
        let route = Registry.Route(
            pattern: pattern,
            methods: self.methods ?? methods ?? [],
            name: name,
            types: types,
            handler: handler,
            location: SourceLocation(file: file, line: line),
            fault: Registry.Route.fault(own: self.methods, given: methods),
            documentation: RouteTypes(answer: answer, body: body)
        )
        registry.change(route.location) { $0.routes.append(route) }
    }
}
