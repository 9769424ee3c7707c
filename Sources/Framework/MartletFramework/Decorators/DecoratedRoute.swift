public import HTTPTypes
public import MartletGateway

/// A route as a decorator describes it: `@GET("/users/<int:id>") func user(id: Int) -> User`.
///
/// The decorators make these. What has to be written by hand is `app.get("/users/<int:id>") { (id: Int) in … }`.
public struct DecoratedRoute: Sendable {
    /// "MRT1", the first half of a record.
    static let magic: UInt32 = 0x4D52_5431
    /// Changes with the layout of this type and with what its initialisers take.
    static let version: UInt32 = 2

    let pattern: String
    let methods: [HTTPRequest.Method]
    let name: Name
    /// The type that the function is a static member of; nil for a free function.
    let owner: Owner?
    /// The types that the function takes from the path, in the order of the pattern.
    let types: [ParameterType]
    let handler: Handler
    /// The type that the function returns; nil where it is opaque.
    let answer: (Any.Type)?
    let location: SourceLocation

    struct Owner: Sendable {
        let name: String
        let identifier: ObjectIdentifier
    }

    /// What the route is called for ``App/url(for:_:anchor:mountPath:)``.
    public enum Name: Sendable {
        /// By what the decorator says.
        case given(String)
        /// By its function, as long as nothing else is said: `user`, or `Users.show` for a static one.
        case function(String)
        /// Not at all: a second decorator of a function.
        case none
    }

    /// A route to a function that is called on the connection's event loop.
    ///
    /// - Parameters:
    ///   - owner: the type that the function is a static member of.
    ///   - answer: the type that it returns, for the description in OpenAPI.
    ///   - types: those that it takes from the path, in the order of the pattern.
    public init<each Value: PathConvertible>(
        _ pattern: String,
        methods: [HTTPRequest.Method],
        name: Name,
        owner: (Any.Type)? = nil,
        file: StaticString,
        line: UInt,
        answer: (Any.Type)? = nil,
        types: repeat (each Value).Type,
        direct: @escaping @Sendable (Request, PathParameters) throws -> Response
    ) {
        self.init(
            pattern,
            methods,
            name,
            owner,
            file,
            line,
            answer,
            ParameterType.list(repeat each types),
            .direct(direct)
        )
    }

    /// A route to a function that is `async`, belongs to a global actor or takes what has to be awaited.
    public init<each Value: PathConvertible>(
        _ pattern: String,
        methods: [HTTPRequest.Method],
        name: Name,
        owner: (Any.Type)? = nil,
        file: StaticString,
        line: UInt,
        answer: (Any.Type)? = nil,
        types: repeat (each Value).Type,
        waiting: @escaping @Sendable (Request, PathParameters) async throws -> Response
    ) {
        self.init(
            pattern,
            methods,
            name,
            owner,
            file,
            line,
            answer,
            ParameterType.list(repeat each types),
            .waiting(waiting)
        )
    }

    private init(
        _ pattern: String,
        _ methods: [HTTPRequest.Method],
        _ name: Name,
        _ owner: (Any.Type)?,
        _ file: StaticString,
        _ line: UInt,
        _ answer: (Any.Type)?,
        _ types: [ParameterType],
        _ handler: Handler
    ) {
        self.pattern = pattern
        self.methods = methods
        self.name = name
        self.owner = owner.map { Owner(name: "\($0)", identifier: ObjectIdentifier($0)) }
        self.types = types
        self.handler = handler
        self.answer = answer
        location = SourceLocation(file: file, line: line)
    }

    /// Puts the route where the reader of a record wants it.
    public func write(to address: UnsafeMutableRawPointer) {
        address.initializeMemory(as: DecoratedRoute.self, to: self)
    }

    var module: String { SourceLocation.module(of: location.file) }

    /// The route as a closure's would be.
    ///
    /// - Parameter isWithinOwner: its blueprint stands for its type, whose name would be there twice.
    func registered(withinOwner isWithinOwner: Bool) -> Registry.Route {
        let name: String? =
            switch name {
            case .given(let name): name
            case .function(let function): isWithinOwner ? function : (owner.map { "\($0.name)." } ?? "") + function
            case .none: nil
            }
        return Registry.Route(
            pattern: pattern,
            methods: methods,
            name: name,
            types: types.isEmpty ? nil : types,
            handler: handler,
            location: location,
            fault: methods.isEmpty ? "`@ROUTE` needs methods: [.get, .post]" : nil,
            documentation: RouteTypes(answer: answer)
        )
    }
}
