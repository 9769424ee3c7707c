import Logging
import MartletGateway

/// An answer of an upstream that is that of another path of the site (RFC 3875 section 6.2.2).
struct LocalRedirect {
    let path: String
    let request: Request
    let upstream: String

    init(path: String, of request: Request, upstream: String) {
        self.path = path
        self.request = request
        self.upstream = upstream
    }

    func follow(for exchange: any Exchange) async {
        let problem: String
        switch await request.followLocalRedirect(to: path) {
        case .response(let response): return exchange.complete(response)
        case .failed(let error): return exchange.fail(error)
        case .tooOften: problem = "it redirects to a path whose answer is a redirect, again and again"
        case .nowhere: problem = "it redirects to \(path), which is no path of this site"
        }
        let failure = UpstreamFailure.fault(problem)
        request.logger.error("\(failure.sentence(about: upstream))")
        exchange.complete(failure.response)
    }
}
