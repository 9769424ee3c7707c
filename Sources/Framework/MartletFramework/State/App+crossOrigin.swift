internal import HTTPTypes
public import MartletForms
internal import MartletGateway

/// What is done about requests that pages of other sites make with somebody's cookies: cross-site request forgery.
public enum CrossOriginRule: Sendable {
    /// Requests that may change something or open a WebSocket are refused with 403 if they come from a page of another site. The
    /// default.
    case check(CrossOriginCheck)
    /// Every page may do everything: for an API without cookies.
    case allowAll

    static let usual = CrossOriginRule.check(CrossOriginCheck())

    private static let fetchSite = HTTPField.Name("Sec-Fetch-Site")

    /// Why a request is refused.
    func refusal(of request: Request) -> (any Error)? {
        // Looked at first: most requests change nothing.
        guard request.mayChangeSomething || request.wantsUpgrade, case .check(let check) = self else { return nil }
        guard case .refused(let refusal) = decision(check, request) else { return nil }
        return RequestFault(status: 403, description: "\(refusal)")
    }

    private func decision(_ check: CrossOriginCheck, _ request: Request) -> CrossOriginCheck.Decision {
        if !request.mayChangeSomething {
            return check.decision(aboutWebSocketFrom: request.headers[.origin], host: request.authority)
        }
        let facts = CrossOriginCheck.Facts(
            method: request.method.rawValue,
            secFetchSite: Self.fetchSite.flatMap { request.headers[$0] },
            origin: request.headers[.origin],
            host: request.authority
        )
        return check.decision(about: facts)
    }
}

extension Request {
    /// Whether its method is none of those that only look.
    fileprivate var mayChangeSomething: Bool {
        let method = head.slice(head.method)
        return
            !(method.elementsEqual("GET".utf8) || method.elementsEqual("HEAD".utf8)
            || method.elementsEqual("OPTIONS".utf8))
    }
}

extension App {
    /// Says which pages of other sites may change something here: `app.crossOrigin(.check(try CrossOriginCheck(trusting:
    /// ["https://accounts.example.com"])))`. Without it, none may.
    public func crossOrigin(_ rule: CrossOriginRule, file: StaticString = #fileID, line: UInt = #line) {
        registry.change(SourceLocation(file: file, line: line)) { $0.crossOrigin = rule }
    }
}
