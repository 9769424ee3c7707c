public import MartletGateway

/// What a decorated function can take as a parameter besides the request and the values of its path.
///
///     struct CurrentUser: RequestExtractable {
///         let name: String
///
///         static func extract(from request: Request) async throws -> CurrentUser {
///             guard let name = request.session["user", as: String.self] else { throw Abort(.unauthorized) }
///             return CurrentUser(name: name)
///         }
///     }
///
///     @GET("/profile") func profile(user: CurrentUser) -> String { "You are \(user.name)." }
public protocol RequestExtractable: Sendable {
    /// - Throws: an error that is answered instead, such as an ``Abort``.
    static func extract(from request: Request) async throws -> Self
}
