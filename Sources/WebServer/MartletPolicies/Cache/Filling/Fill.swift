import HTTPTypes
import Logging
import MartletBytes
import MartletGateway
import NIOCore

/// A request that is on its way to the application in order to keep its answer: for a client, for those that wait for the
/// same, or for nobody while something stale is sent.
///
/// It goes on when its client goes away: the next one will ask for the same. Only what has not begun yet, and nobody waits for,
/// is given up.
///
/// Touched on the loop of the request.
final class Fill: Exchange, @unchecked Sendable {
    private let application: CachedApplication
    private let request: Request
    private let facts: CacheRequest
    private let ticket: Ticket
    private let stale: StoredResponse?
    private let client: (any Exchange)?
    private var isAnswered = false
    /// Whether what becomes of the answer is somebody else's to say.
    private var isHandedOver = false

    private var cache: ResponseCache { application.cache }

    init(
        _ application: CachedApplication,
        _ request: Request,
        _ facts: CacheRequest,
        _ ticket: Ticket,
        stale: StoredResponse?,
        client: (any Exchange)?
    ) {
        self.application = application
        self.request = request
        self.facts = facts
        self.ticket = ticket
        self.stale = stale
        self.client = client
    }

    deinit {
        if !isHandedOver { cache.end(ticket) }
    }

    func begin() { application.entryPoint.begin(question, for: self) }

    /// The request for the whole answer, or for whether what is stale is still right.
    private var question: Request {
        let validators = confirming
        guard facts.hasConditions || !validators.isEmpty else { return request }
        var request = request
        if let head = request.head.copy(without: CacheRequest.isCondition, adding: validators) { request.head = head }
        return request
    }

    private var confirming: [(name: String, value: String)] {
        guard let stale else { return [] }
        let fields: [(name: String, field: HTTPField.Name)] = [
            ("If-None-Match", .eTag), ("If-Modified-Since", .lastModified),
        ]
        return fields.compactMap { name, field in stale.headers[field].map { (name, $0) } }
    }

    private func release(keeping stored: StoredResponse? = nil, isForOne: Bool = false) {
        isHandedOver = true
        cache.end(ticket, keeping: stored, isForOne: isForOne)
    }

    // MARK: - Exchange

    var isLost: Bool { client.map { $0.isLost && !ticket.hasWaiters } ?? false }

    func inform(_ status: HTTPResponse.Status, _ headers: Headers) { client?.inform(status, headers) }

    func answer(by work: @escaping @Sendable () async throws -> Response) {
        Task(executorPreference: LoopExecutor.of(request.connection.eventLoop)) { [self] in
            let result: Result<Response, any Error>
            do { result = .success(try await work()) } catch { result = .failure(error) }
            request.connection.eventLoop.execute { [self] in
                switch result {
                case .success(let response): complete(response)
                case .failure(let error): fail(error)
                }
            }
        }
    }

    func response(to error: any Error) -> Response? { client?.response(to: error) ?? request.response(to: error) }

    func fail(_ error: any Error) {
        guard !isAnswered else { return }
        if let response = response(to: error) { return complete(response) }
        isAnswered = true
        request.logger.warning("An answer for the cache could not be made: \(error)")
        if let stale, stale.freshness.servesAfterError(at: cache.clock.now()) { return sendStale(stale) }
        release()
        client?.fail(error)
    }

    func complete(_ response: Response) {
        guard !isAnswered else { return }
        isAnswered = true
        if let stale, Self.isError(response.status), stale.freshness.servesAfterError(at: cache.clock.now()) {
            Task { await response.body.release() }
            return sendStale(stale)
        }
        if let stale, response.status == .notModified, !confirming.isEmpty { return confirm(stale, response) }
        guard let storable = storable(response.status, response.headers), !response.isFromServer else {
            return passOn(response)
        }
        let isWhole = response.headers.announcedLength
        switch response.body {
        case .empty where isWhole ?? 0 == 0: keep(ByteBuffer(), of: response, storable)
        case .bytes(let bytes)
        where bytes.readableBytes <= cache.configuration.objectLimit
            && isWhole ?? bytes.readableBytes == bytes.readableBytes:
            keep(bytes, of: response, storable)
        case .stream(let length, let write) where length ?? isWhole ?? 0 <= cache.configuration.objectLimit:
            stream(response, length, storable, write)
        // A file is at hand as it is.
        case .bytes, .empty, .stream, .file, .upgrade: passOn(response)
        }
    }

    /// RFC 5861 section 4.
    private static func isError(_ status: HTTPResponse.Status) -> Bool { [500, 502, 503, 504].contains(status.code) }

    private func storable(_ status: HTTPResponse.Status, _ headers: Headers) -> StoringRules.Storable? {
        StoringRules(configuration: cache.configuration)
            .storable(status.code, headers, to: ticket.credentials, date: cache.clock.date())
    }
}

// MARK: - What comes of it

extension Fill {
    private func send(_ stored: StoredResponse, at now: Int64?, _ status: CacheStatus) {
        client?.complete(application.answer(stored, to: request, at: now, status))
    }

    /// An answer that is not kept.
    private func passOn(_ response: Response) {
        // An error may be over with the next request.
        let isError = Self.isError(response.status)
        if isError, let stale { cache.pause(stale, ticket.key) }
        release(isForOne: !isError)
        guard let client else {
            Task { await response.body.release() }
            return
        }
        var answer = response
        answer.tell(.miss(isStored: false), in: cache.configuration.statusField)
        if let other = answer.answeringConditions(of: request) {
            Task { await response.body.release() }
            answer = other
        }
        client.complete(answer)
    }

    /// Instead of an error.
    private func sendStale(_ stale: StoredResponse) {
        cache.pause(stale, ticket.key)
        release()
        let now = cache.clock.now()
        send(stale, at: now, .afterError(rest: stale.freshness.rest(at: now)))
    }

    private func confirm(_ stale: StoredResponse, _ response: Response) {
        let headers = stale.updatedHeaders(by: response.headers)
        let storable = storable(stale.status, headers)
        let stored = StoredResponse(
            stale.status,
            headers,
            stale.body,
            length: stale.length,
            storable ?? StoringRules.Storable(times: .init(lifetime: 0), age: 0, audience: [], vary: []),
            variant(storable?.vary ?? []),
            cache.clock
        )
        release(keeping: storable == nil ? nil : stored, isForOne: storable == nil)
        send(stored, at: nil, .confirmed)
    }

    private func variant(_ vary: [String]) -> Variant {
        Variant(vary + cache.configuration.keyFields, of: request.head)
    }

    private func keep(_ bytes: ByteBuffer, of response: Response, _ storable: StoringRules.Storable) {
        isHandedOver = true
        let stored = stored(response, .bytes(bytes), bytes.readableBytes, storable)
        let client = client.map { ($0, application.answer(stored, to: request, at: nil, .miss(isStored: true))) }
        place(bytes, of: response, storable, stored)
        if let (exchange, answer) = client { exchange.complete(answer) }
    }

    private func stored(
        _ response: Response,
        _ body: Response.Body,
        _ length: Int,
        _ storable: StoringRules.Storable
    ) -> StoredResponse {
        StoredResponse(
            response.status,
            response.headers,
            body,
            length: length,
            storable,
            variant(storable.vary),
            cache.clock
        )
    }

    private func place(
        _ bytes: ByteBuffer,
        of response: Response,
        _ storable: StoringRules.Storable,
        _ inMemory: StoredResponse
    ) {
        cache.place(bytes) { [self] body in
            guard case .file = body else { return cache.end(ticket, keeping: inMemory) }
            cache.end(ticket, keeping: stored(response, body, bytes.readableBytes, storable))
        }
    }

    private func stream(
        _ response: Response,
        _ length: Int?,
        _ storable: StoringRules.Storable,
        _ write: @escaping @Sendable (BodyWriter) async throws -> Void
    ) {
        isHandedOver = true
        let body = FillBody(cache, announced: length ?? response.headers.announcedLength, hasReader: client != nil) {
            [cache, ticket] in cache.end(ticket, isForOne: true)
        }
        if let client {
            let reader = FillReader(body)
            var answer = response
            answer.body = .stream(length: length) { try await reader.body.copy(to: $0) }
            answer.tell(.miss(isStored: true), in: cache.configuration.statusField)
            client.complete(answer)
        }
        Task(executorPreference: LoopExecutor.of(request.connection.eventLoop)) { [self] in
            do {
                try await write(BodyWriter(body))
                guard let bytes = body.finish() else { return cache.end(ticket) }
                place(bytes, of: response, storable, stored(response, .bytes(bytes), bytes.readableBytes, storable))
            } catch {
                cache.end(ticket)
                body.fail(error)
                if client == nil, !(error is ClientDisconnected) {
                    request.logger.warning("An answer for the cache broke off: \(error)")
                }
            }
        }
    }
}
