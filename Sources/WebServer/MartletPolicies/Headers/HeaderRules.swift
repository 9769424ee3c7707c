import HTTPTypes
import MartletBytes
package import MartletGateway

/// What a site and a route say about the fields of requests and responses.
package struct HeaderRules: Sendable, Equatable {
    package var request: [HeaderRule] = []
    package var response: [HeaderRule] = []
    /// Nil to add none.
    package var security: SecurityHeaders?

    package init() {}

    package var isEmpty: Bool { request.isEmpty && response.isEmpty && security == nil }

    /// These of a site, and then those of a route within: they add up, and where both set a field the route's counts.
    package func adding(_ inner: HeaderRules) -> HeaderRules {
        var sum = self
        sum.request += inner.request
        sum.response += inner.response
        sum.security = inner.security ?? security
        return sum
    }
}

/// Applies header rules.
package struct HeaderPolicy: Policy {
    private let request: RuleSet
    private let response: RuleSet
    private let responseWithTLS: RuleSet

    package init(_ rules: HeaderRules) {
        request = RuleSet(rules.request)
        // What is said of one field goes before what is said of many in one word.
        response = RuleSet((rules.security?.rules(isSecure: false) ?? []) + rules.response)
        responseWithTLS = RuleSet((rules.security?.rules(isSecure: true) ?? []) + rules.response)
    }

    package func receive(_ request: inout Request) -> Verdict {
        guard !self.request.isEmpty else { return .pass }
        guard let head = self.request.apply(to: request.head) else {
            return .answer(.refusal(.requestHeaderFieldsTooLarge, "The request head is too large."))
        }
        request.head = head
        return .pass
    }

    package func finish(_ response: inout Response, to request: Request) {
        (request.scheme == "https" ? responseWithTLS : self.response).apply(to: &response.headers)
    }
}
