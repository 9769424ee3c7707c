/// The way from a list of names to a certificate (RFC 8555 section 7.1.6): answers of the authority in, the next step out.
///
/// The rules:
///
/// 1. Names that are proved already are not proved again. All others are put in place first, so that the authority looks at
///    them side by side.
/// 2. It is asked again and again whether a name is proved: as late as the authority says, else after 1, 2, 3, … 5 seconds.
/// 3. Everything is bounded: whoever has not said yes after a quarter of an hour has said no.
struct OrderMachine {
    enum Action: Equatable {
        /// Ask for the certificate.
        case create
        /// Look at an authorization or at the order.
        case fetch(String)
        /// Put a proof in place, and say `proved` then.
        case prove(NameProof)
        /// Tell the authority that a proof is in place.
        case tell(String)
        case wait(seconds: Int)
        /// Send the certificate's public key.
        case finalize(String)
        case download(String)
        case fail(Failure)
    }

    enum Event {
        case begin
        /// The order, new or as it is now. With the URL of a new one.
        case order(ACMEOrder, url: String? = nil, after: Int? = nil)
        case authorization(ACMEAuthorization, after: Int? = nil)
        /// The proof is in place, the authority was told, or the time is over.
        case done
    }

    enum Failure: Error, Equatable {
        case notProved(name: String, ChallengeMethod?, ACMEProblem?)
        case noMethod(name: String, offered: [String])
        case refused(ACMEProblem?)
        case timeout
        /// The authority does not keep to the protocol.
        case confused
    }

    private enum Stage {
        case new
        /// Looks which of the names have to be proved, and has that done.
        case proving([String])
        case telling(NameProof, then: [String])
        /// Waits until they are.
        case checking([String])
        case finishing
    }

    /// Five minutes is what Let's Encrypt takes at the very most.
    private static let longestWait = 900

    private let methods: [ChallengeMethod]
    private var stage = Stage.new
    private var order = ""
    /// Those that were proved in this order, by their URL.
    private var proofs: [String: NameProof] = [:]
    private var isFinalized = false
    private var looks = 0
    private var waited = 0

    init(methods: [ChallengeMethod]) { self.methods = methods }

    mutating func next(_ event: Event) -> Action {
        switch (stage, event) {
        case (.new, .begin): return .create
        case (.new, .order(let order, .some(let url), let after)):
            self.order = url
            guard order.status == .pending else { return finish(order, after) }
            stage = .proving(order.authorizations)
            return nextToProve(order.authorizations)
        case (.proving(let list), .authorization(let authorization, _)): return prove(authorization, list)
        case (.telling(let proof, let rest), .done):
            stage = .proving(rest)
            return .tell(proof.url)
        case (.proving(let list), .done): return nextToProve(list)
        case (.checking(let list), .authorization(let authorization, let after)):
            return check(authorization, list, after)
        case (.checking(let list), .done): return list.first.map { .fetch($0) } ?? .fetch(order)
        case (.finishing, .order(let order, _, let after)): return finish(order, after)
        case (.finishing, .done): return .fetch(order)
        default: return .fail(.confused)
        }
    }

    private mutating func nextToProve(_ list: [String]) -> Action {
        if let next = list.first { return .fetch(next) }
        let list = proofs.keys.sorted()
        guard let first = list.first else {
            stage = .finishing
            return .fetch(order)
        }
        stage = .checking(list)
        return .fetch(first)
    }

    private mutating func prove(_ authorization: ACMEAuthorization, _ list: [String]) -> Action {
        guard let url = list.first else { return .fail(.confused) }
        let rest = Array(list.dropFirst())
        let name = authorization.identifier.value
        switch authorization.status {
        case .valid:
            stage = .proving(rest)
            return nextToProve(rest)
        case .pending:
            guard let proof = authorization.proof(by: methods) else {
                return .fail(.noMethod(name: name, offered: authorization.challenges.map(\.type)))
            }
            proofs[url] = proof
            stage = .telling(proof, then: rest)
            return .prove(proof)
        default: return .fail(.notProved(name: name, nil, authorization.error))
        }
    }

    private mutating func check(_ authorization: ACMEAuthorization, _ list: [String], _ after: Int?) -> Action {
        switch authorization.status {
        case .pending: return wait(after)
        case .valid:
            looks = 0
            let rest = Array(list.dropFirst())
            guard let next = rest.first else {
                stage = .finishing
                return .fetch(order)
            }
            stage = .checking(rest)
            return .fetch(next)
        default:
            let method = list.first.flatMap { proofs[$0] }?.method
            return .fail(.notProved(name: authorization.identifier.value, method, authorization.error))
        }
    }

    private mutating func finish(_ order: ACMEOrder, _ after: Int?) -> Action {
        stage = .finishing
        switch order.status {
        case .pending, .processing: return wait(after)
        case .ready:
            if isFinalized { return wait(after) }
            isFinalized = true
            looks = 0
            return .finalize(order.finalize)
        // One that is valid before this key was sent is for another key.
        case .valid: return isFinalized ? order.certificate.map { .download($0) } ?? wait(after) : .fail(.confused)
        case .invalid: return .fail(.refused(order.error))
        }
    }

    private mutating func wait(_ after: Int?) -> Action {
        looks += 1
        let seconds = max(1, after ?? min(looks, 5))
        waited += min(seconds, Self.longestWait)
        return waited < Self.longestWait ? .wait(seconds: seconds) : .fail(.timeout)
    }
}

extension OrderMachine.Failure: CustomStringConvertible {
    var description: String {
        switch self {
        case .notProved(let name, let method, let problem):
            let how = method.map { " by \($0.rawValue)" } ?? ""
            let advice: String =
                switch method {
                case .http01: "; can http://\(name)/ be reached from outside, at port 80?"
                case .tlsALPN01: "; can https://\(name)/ be reached from outside, at port 443?"
                case nil: ""
                }
            return "the name \(name) was not proved\(how): " + (problem.map { "\($0)" } ?? "it gives no reason")
                + advice
        case .noMethod(let name, let offered):
            let list = offered.joined(separator: ", ")
            return offered.contains { ChallengeMethod(rawValue: $0) != nil }
                ? "what the authority offers to prove \(name) by (\(list)) cannot be used: its tokens are malformed, or nothing listens for it"
                : "the authority proves \(name) by \(list) alone, which is not possible here"
        case .refused(let problem): return problem.map { "\($0)" } ?? "the authority has given it up without a reason"
        case .timeout: return "the authority has not decided within a quarter of an hour"
        case .confused: return "the authority does not keep to the protocol (RFC 8555)"
        }
    }
}
