import HTTPTypes
import MartletBytes
package import MartletGateway
import NIOCore

/// An application with a cache before it, which is a shared one (RFC 9111).
///
/// It stands within all policies: who may not come gets nothing of it, and what policies make of answers is made of those
/// that are kept, too.
///
/// The rules:
///
/// 1. Only GET without a body is asked for in order to keep the answer; HEAD is answered from what GET has left. Parts of an
///    answer (Range) are of one that is kept whole, or else the application's.
/// 2. The client does not decide what is kept, unless the configuration says so: `no-cache` and `max-age` of requests have no
///    meaning, or anybody could have each request answered by the application. `no-store` and `only-if-cached` do, which
///    cost it nothing more.
/// 3. One request asks the application, and others for the same wait for it, for a bounded time and at most twice.
/// 4. A method that may change something, and succeeds, makes what is kept for its URL out of date (section 4.4).
package struct CachedApplication: DirectApplication {
    let cache: ResponseCache
    private let origin: UInt32
    private let isGuarded: Bool
    let entryPoint: EntryPoint

    private static let attempts = 2

    /// - Parameters:
    ///   - origin: the application's number, of ``ResponseCache/origin(of:)``.
    ///   - isGuarded: whether not everybody may come: all requests count as if they had a password.
    package init(_ application: any Application, cache: ResponseCache, origin: UInt32, isGuarded: Bool = false) {
        self.cache = cache
        self.origin = origin
        self.isGuarded = isGuarded
        entryPoint = EntryPoint(application)
    }

    package func respond(to request: Request) async throws -> Response { try await respondByBeginning(request) }

    package func begin(_ request: Request, for exchange: any Exchange) { begin(request, for: exchange, attempt: 0) }

    private func begin(_ request: Request, for exchange: any Exchange, attempt: Int) {
        let facts = CacheRequest(request.head)
        switch facts.method {
        case .get, .head: break
        case .safe: return entryPoint.begin(request, for: exchange)
        case .unsafe: return change(request, for: exchange)
        }
        guard !request.wantsUpgrade, case .none = request.body.storage else { return pass(request, for: exchange) }
        let question = question(request, facts, mayWait: attempt < Self.attempts)
        let found = cache.find(question) {
            Waiter(on: request.connection.eventLoop) { hasWaitedEnough in
                guard !exchange.isLost else { return }
                begin(request, for: exchange, attempt: hasWaitedEnough ? Self.attempts : attempt + 1)
            }
        }
        switch found {
        case .hit(let stored):
            let status = attempt > 0 ? CacheStatus.collapsed : .hit(rest: stored.freshness.rest(at: question.now))
            exchange.complete(answer(stored, to: request, at: question.now, status))
        case .stale(let stored, let ticket):
            let status = CacheStatus.stale(rest: stored.freshness.rest(at: question.now))
            exchange.complete(answer(stored, to: request, at: question.now, status))
            if let ticket { Fill(self, request, facts, ticket, stale: stored, client: nil).begin() }
        case .wait: break
        case .fill(let ticket, let stale): Fill(self, request, facts, ticket, stale: stale, client: exchange).begin()
        case .nothing:
            if facts.control.flags.contains(.onlyIfCached) { return exchange.complete(Self.notCached) }
            pass(request, for: exchange)
        }
    }

    private func question(_ request: Request, _ facts: CacheRequest, mayWait: Bool) -> CacheQuestion {
        let configuration = cache.configuration
        var credentials = facts.credentials
        if isGuarded || request.storage[RemoteUser.self] != nil { credentials.insert(.authorization) }
        // Where nothing is kept that does not say so, a cookie makes no difference.
        if configuration.freshness == .zero { credentials.remove(.cookie) }
        return CacheQuestion(
            key: CacheKey(request, origin: origin),
            head: request.head,
            request: facts,
            credentials: credentials,
            now: cache.clock.now(),
            mayFill: facts.method == .get && !facts.hasRange
                && facts.control.flags.isDisjoint(with: [.noStore, .onlyIfCached]),
            mayWait: mayWait,
            wait: TimeAmount(configuration.wait),
            keyFields: configuration.keyFields,
            clientsDecide: configuration.clientsDecide
        )
    }

    private static let notCached = Response.refusal(.gatewayTimeout, "There is no such answer in the cache.")
}

// MARK: - Answers

extension CachedApplication {
    /// What is kept, as the conditions and ranges of a request want it.
    ///
    /// - Parameter now: nil for who has had it made.
    func answer(_ stored: StoredResponse, to request: Request, at now: Int64?, _ status: CacheStatus) -> Response {
        var response = stored.response(at: now)
        response.tell(status, in: cache.configuration.statusField)
        return response.answeringConditions(of: request) ?? response
    }

    /// Past the cache.
    private func pass(_ request: Request, for exchange: any Exchange) {
        guard let field = cache.configuration.statusField else { return entryPoint.begin(request, for: exchange) }
        PolicyChain([Afterwards { $0.tell(.passed, in: field) }], around: entryPoint).begin(request, for: exchange)
    }

    private func change(_ request: Request, for exchange: any Exchange) {
        let key = CacheKey(request, origin: origin)
        let policy = Afterwards { [cache] response in
            if (200..<400).contains(response.status.code) { cache.invalidate(key) }
        }
        PolicyChain([policy], around: entryPoint).begin(request, for: exchange)
    }
}

extension Response {
    /// What conditions and ranges make of it; nil if nothing. The application was asked without them.
    func answeringConditions(of request: Request) -> Response? {
        guard status.code == 200, let conditions = Preconditions(request.head), let validators = Validators(headers)
        else {
            return nil
        }
        let size: Int
        switch body {
        case .bytes(let bytes): size = bytes.readableBytes
        case .empty: size = 0
        case .stream: size = .max
        // The server does it.
        case .file, .upgrade: return nil
        }
        let outcome = conditions.outcome(validators, size: size)
        if case .parts = outcome, headers.first("accept-ranges")?.elementsEqual("bytes".utf8) != true { return nil }
        return answering(outcome, size: size)
    }
}

/// Does something with an answer.
private struct Afterwards: Policy {
    let work: @Sendable (inout Response) -> Void

    func finish(_ response: inout Response, to request: Request) { work(&response) }
}
