/// What was registered, for people and programs that look at an app: `try app.routes()`.
public struct RouteDescription: Sendable {
    public enum Kind: String, Sendable, Encodable {
        /// A handler.
        case route
        /// Another application below a prefix.
        case mount
        /// A folder of files.
        case `static`
        /// A WebSocket.
        case webSocket
    }

    /// What a route takes from the path.
    public struct Parameter: Sendable, Hashable, Encodable {
        public let name: String
        /// As it is written in a pattern: `int`, `any(en,de)`.
        public let converter: String
        /// The type that the handler takes; nil if it takes none from the path.
        public let type: String?
    }

    public let kind: Kind
    /// Those that it was registered for; a route for GET answers HEAD too. Empty for what answers every method.
    public let methods: [String]
    /// The host that it is for, `<tenant>.example.org`; nil for every one.
    public var host: String?
    /// With the prefixes of its blueprints: `/users/<int:id>`.
    public let pattern: String
    /// What ``App/url(for:_:anchor:mountPath:)`` knows it by, with the names of its blueprints; nil if it was given none.
    public let name: String?
    /// The blueprint that it is in, `admin.users` for one within another; nil for an app's own.
    public let blueprint: String?
    public let parameters: [Parameter]
    /// The module and the file of the registration: `Blog/main.swift`.
    public let file: String
    /// From 1.
    public let line: Int
    /// What it takes and answers.
    let types: RouteTypes
}

extension RouteDescription: Encodable {
    enum CodingKeys: String, CodingKey {
        case kind, methods, host, pattern, name, blueprint, parameters, file, line
    }

    /// What stands in its place for a person: `GET, POST /users/<int:id>`.
    var title: String {
        "\(verbs) \(address)"
    }

    /// Its methods, or what it is instead of a handler of some.
    var verbs: String { kind == .route ? methods.joined(separator: ", ") : kind.rawValue }

    /// The pattern, after the host if it is for one.
    var address: String { (host ?? "") + pattern }

    var place: String { "\(file):\(line)" }
}

/// The types of a route, which its description in OpenAPI is made from.
struct RouteTypes: Sendable {
    /// What the handler returns; nil if it is not known.
    var answer: Any.Type?
    /// What the body is decoded as; nil if the handler decodes it itself.
    var body: Any.Type?
}
