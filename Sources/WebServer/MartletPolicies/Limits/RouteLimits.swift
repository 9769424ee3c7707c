import HTTPTypes
package import MartletGateway

/// What a request to a route may take, within the limits of the server.
package struct RouteLimits: Sendable, Equatable {
    /// Of the head, in bytes.
    package var head: Int?
    /// Of the body, in bytes.
    package var body: Int?
    /// Until the answer begins.
    package var answer: Duration?

    package init() {}
}

/// Refuses larger heads with 431 and larger bodies with 413, and answers 504 when the application takes too long.
///
/// The application is not stopped by that: a Python worker has its own `request-timeout`.
package struct LimitPolicy: Policy {
    private let limits: RouteLimits

    package init(_ limits: RouteLimits) { self.limits = limits }

    package func receive(_ request: inout Request) -> Verdict {
        if let limit = limits.head, request.head.count > limit {
            return .answer(.refusal(.requestHeaderFieldsTooLarge, "The request head is larger than \(limit) bytes."))
        }
        if let limit = limits.body {
            if let length = request.body.knownLength {
                if length > limit { return .answer(BodyTooLarge(limit: limit).response) }
            } else if case .stream(let stream) = request.body.storage {
                stream.limit(to: limit)
            }
        }
        guard let time = limits.answer else { return .pass }
        return .within(time, otherwise: .refusal(.gatewayTimeout, "The application has not answered in time."))
    }
}
