public import MartletGateway

/// Finds out who makes a request, and refuses whom nobody knows.
///
///     let staff = BasicGuard(realm: "Staff") { name, password in try await people.find(name, password) }
///     admin.guard(staff)                                              // everything of the blueprint
///     app.guarded(by: staff).get("/report") { request in "For \(try request.identity(Person.self).name)" }
///
/// ``BasicGuard`` and ``BearerGuard`` are here, `JWTGuard` is in MartletJWT.
public protocol Guard: Sendable {
    /// What is known of whoever makes a request.
    associatedtype Identity: Sendable

    /// - Throws: ``GuardFault`` for a request that is refused.
    func identity(of request: Request) async throws -> Identity
}

extension Guard {
    /// Leaves the identity for the handler.
    func admit(_ request: inout Request) async throws {
        let identity = try await identity(of: request)
        request.storage[IdentityKey<Identity>.self] = identity
        if let name = identity as? String { request.storage[RemoteUser.self] = name }
    }
}

/// Where the identity of a request is.
enum IdentityKey<Identity: Sendable>: RequestStorage.Key { typealias Value = Identity }

/// A handler asked who makes the request, and no guard of that kind of identity stands before it.
public struct NoIdentity: Error, Equatable, CustomStringConvertible {
    /// The type that was asked for.
    let type: String

    public var description: String {
        "Nobody has found out which \(type) makes this request. Put a guard before the route whose check returns \(type): app.guard(…), or app.guarded(by: …).get(…)."
    }
}

extension Request {
    /// Who makes this request, as the guard before its route has found out.
    ///
    /// - Throws: ``NoIdentity`` where no guard has.
    public func identity<Identity: Sendable>(_ type: Identity.Type = Identity.self) throws -> Identity {
        guard let identity = storage[IdentityKey<Identity>.self] else { throw NoIdentity(type: "\(type)") }
        return identity
    }
}
