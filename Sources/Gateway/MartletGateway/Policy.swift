/// A layer around an application on the direct path: it sees the request before, and the response after. Compression,
/// header rules and access rules are policies.
///
/// The rules:
///
/// 1. Both members are called where requests are begun and answered, which is the event loop of the connection, and must
///    not block. One that has to ask somebody says ``Verdict/wait(_:)``.
/// 2. `finish` is called at most once for each request that was received, and not at all when the client goes away
///    first. What has to be undone in any case belongs to an object in the request's storage that does it when it is
///    released.
/// 3. A policy that lets a request pass sees the response of the layers within, whoever made it: the application, a
///    policy, or an error. One that answers itself does not.
package protocol Policy: Sendable {
    /// Looks at a request, which it may change, before the application has it.
    func receive(_ request: inout Request) -> Verdict
    /// Changes the response, whose body has not begun.
    ///
    /// - Parameter request: as this server received it: what policies have made of the head is not seen here, what they
    ///   left in the storage is.
    func finish(_ response: inout Response, to request: Request)
}

extension Policy {
    package func receive(_ request: inout Request) -> Verdict { .pass }
    package func finish(_ response: inout Response, to request: Request) {}
}

/// What a policy says about a request.
package enum Verdict: Sendable {
    /// The next layer gets it.
    case pass
    /// The next layer gets it, and if nobody has answered after some time, this is the answer.
    case within(Duration, otherwise: Response)
    /// This is the answer.
    case answer(Response)
    /// It has to ask somebody, in a task of the loop that is cancelled when the client goes away.
    case wait(@Sendable (Request) async throws -> Ruling)
}

/// What a policy says after it has waited.
package enum Ruling: Sendable {
    /// The next layer gets this request.
    case pass(Request)
    case answer(Response)
}
