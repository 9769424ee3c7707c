import HTTPTypes
package import MartletGateway

/// How many requests of one client may be answered at a time.
package struct ConcurrencyLimit: Sendable, Equatable {
    package var count: Int
    package var client = ClientKind.address
    /// Only log what would be refused.
    package var isDryRun = false
    /// Policies with the same limit and the same scope are one: they count together, also over a reload.
    package var scope = ""

    package init(_ count: Int) { self.count = count }

    package func counting(_ scope: String) -> Self {
        var limit = self
        limit.scope = scope
        return limit
    }
}

/// Refuses who has too many requests that are not answered yet with 429.
///
/// A request counts until its answer has been made: for a stream until its end, for bytes and files until they are handed to
/// the connection.
package struct ConcurrencyPolicy: Policy {
    let limit: ConcurrencyLimit
    private let counts = ClientTable<Int>()
    private let log = RefusalLog("refused, since too many others of its client are under way")

    package init(_ limit: ConcurrencyLimit) { self.limit = limit }

    /// Counts as long as it lives.
    private final class Place: Sendable {
        let key: ClientKey
        let counts: ClientTable<Int>

        init(_ key: ClientKey, _ counts: ClientTable<Int>) {
            self.key = key
            self.counts = counts
        }

        deinit {
            counts.update(key, isStale: { $0 <= 0 }) { count in
                let rest = (count ?? 1) - 1
                count = rest > 0 ? rest : nil
            }
        }
    }

    private enum Places: RequestStorage.Key { typealias Value = [Place] }

    package func receive(_ request: inout Request) -> Verdict {
        let key = limit.client.key(of: request)
        let isWelcome = counts.update(key, isStale: { $0 <= 0 }) { count in
            guard (count ?? 0) < limit.count || limit.isDryRun else { return false }
            count = (count ?? 0) + 1
            return (count ?? 0) <= limit.count
        }
        if !isWelcome {
            log.note(request, isDryRun: limit.isDryRun)
            guard limit.isDryRun else {
                var response = Response.refusal(.tooManyRequests, "Too many requests of yours are under way.")
                response.headers.append(.retryAfter, "1")
                return .answer(response)
            }
        }
        request.storage[Places.self] = (request.storage[Places.self] ?? []) + [Place(key, counts)]
        return .pass
    }

    package func finish(_ response: inout Response, to request: Request) {
        guard let places = request.storage[Places.self] else { return }
        switch response.body {
        case .stream(let length, let write):
            response.body = .stream(length: length) { writer in
                defer { withExtendedLifetime(places) {} }
                try await write(writer)
            }
        case .upgrade(let own):
            response.body = .upgrade { connection in
                defer { withExtendedLifetime(places) {} }
                try await own(connection)
            }
        case .bytes, .empty, .file: break
        }
    }

    /// How many clients have requests under way.
    var clients: Int { counts.count }
}
