internal import HTTPTypes
internal import NIOCore

/// An application with policies around it.
///
/// The first policy is the outermost. A request without waiting costs one object, whatever the number of policies, and
/// no task; a policy that waits makes the request a task's.
package struct PolicyChain: DirectApplication {
    fileprivate let policies: [any Policy]
    fileprivate let entryPoint: EntryPoint

    package init(_ policies: [any Policy], around application: any Application) {
        self.policies = policies
        entryPoint = EntryPoint(application)
    }

    package func respond(to request: Request) async throws -> Response { try await respondByBeginning(request) }

    package func begin(_ request: Request, for exchange: any Exchange) {
        guard !policies.isEmpty else { return entryPoint.begin(request, for: exchange) }
        PolicedExchange(request, chain: self, around: exchange).proceed(with: request)
    }
}

extension Application {
    /// This application with policies around it; itself if there are none.
    package func policed(by policies: [any Policy]) -> any Application {
        policies.isEmpty ? self : PolicyChain(policies, around: self)
    }
}

/// An exchange whose answer passes through policies on its way out.
///
/// Touched on the loop of the connection; what `answer(by:)` runs touches it only after everything else has.
private final class PolicedExchange: Exchange, @unchecked Sendable {
    private let chain: PolicyChain
    private let exchange: any Exchange
    /// As it was received; its storage is that of the request that was passed on.
    private var request: Request
    /// How many policies, from the outermost, have let the request pass.
    private var passed = 0
    private var isFinished = false
    private var expiry: Scheduled<Void>?

    init(_ request: Request, chain: PolicyChain, around exchange: any Exchange) {
        self.request = request
        self.chain = chain
        self.exchange = exchange
    }

    /// Shows the request to the policies that have not seen it, then to the application.
    func proceed(with request: Request) {
        var request = request
        while passed < chain.policies.count {
            switch chain.policies[passed].receive(&request) {
            case .pass:
                passed += 1
            case .within(let time, let response):
                passed += 1
                expire(after: time, with: response)
            case .answer(let response):
                self.request.storage = request.storage
                return complete(response)
            case .wait(let ask):
                self.request.storage = request.storage
                return wait(ask, request)
            }
        }
        self.request.storage = request.storage
        chain.entryPoint.begin(request, for: self)
    }

    private func expire(after time: Duration, with response: Response) {
        expiry = request.connection.eventLoop.scheduleTask(in: TimeAmount(time)) { [weak self] in
            self?.complete(response)
        }
    }

    private func wait(_ ask: @escaping @Sendable (Request) async throws -> Ruling, _ request: Request) {
        exchange.answer { [self] in
            do {
                switch try await ask(request) {
                case .answer(let response):
                    return finished(response)
                case .pass(let request):
                    // The layers within, for a task that awaits their response.
                    let rest = Array(chain.policies.dropFirst(passed + 1))
                    self.request.storage = request.storage
                    passed += 1
                    let response = try await PolicyChain(rest, around: chain.entryPoint).respond(to: request)
                    return finished(response)
                }
            } catch {
                return try await finished(error)
            }
        }
    }

    private func finished(_ response: Response) -> Response {
        var response = response
        guard !isFinished else { return response }
        isFinished = true
        expiry.take()?.cancel()
        for policy in chain.policies[..<passed].reversed() { policy.finish(&response, to: request) }
        return response
    }

    /// - Throws: the error, if it is not answered here.
    private func finished(_ error: any Error) async throws -> Response {
        let loop = request.connection.eventLoop
        let response = await withUnsafeContinuation { (continuation: UnsafeContinuation<Response?, Never>) in
            if loop.inEventLoop { return continuation.resume(returning: exchange.response(to: error)) }
            loop.execute { continuation.resume(returning: self.exchange.response(to: error)) }
        }
        guard let response else { throw error }
        return finished(response)
    }

    func complete(_ response: Response) {
        guard !exchange.isLost, !isFinished else { return }
        exchange.complete(finished(response))
    }

    func fail(_ error: any Error) {
        guard let response = exchange.response(to: error) else { return exchange.fail(error) }
        complete(response)
    }

    func answer(by work: @escaping @Sendable () async throws -> Response) {
        exchange.answer { [self] in
            do { return finished(try await work()) } catch { return try await finished(error) }
        }
    }

    func response(to error: any Error) -> Response? { exchange.response(to: error) }
    func inform(_ status: HTTPResponse.Status, _ headers: Headers) { exchange.inform(status, headers) }
    func observeLoss(by observer: any LossObserver) { exchange.observeLoss(by: observer) }
    var isLost: Bool { exchange.isLost }
}
