/// Why there is no certificate yet, in words for the person who wants one.
struct ACMEFailure: Error, CustomStringConvertible {
    let description: String
    /// Nothing was decided: the authority cannot be reached, or has no time.
    var isPassing = false
    /// What the authority has against it.
    var problem: ACMEProblem?
    /// Seconds from now before which it does not want to be asked again.
    var retryAfter: Int?

    init(_ description: String, isPassing: Bool = false) {
        self.description = description
        self.isPassing = isPassing
    }

    /// Of an answer that is not the one that was asked for.
    init(_ response: ACMEResponse, from url: String) {
        let problem = try? ACMEJSON.decode(as: ACMEProblem.self, response.body)
        let hasReason = problem?.type != nil || problem?.detail != nil
        description = hasReason ? problem.map { "\($0)" } ?? "" : "\(url) answers with status \(response.status)"
        self.problem = hasReason ? problem : nil
        retryAfter = response.retryAfter
        isPassing = response.status >= 500
    }

    static func unreadable(_ url: String) -> ACMEFailure {
        ACMEFailure("\(url) does not answer as RFC 8555 says; is it the directory of a certificate authority?")
    }
}
