import HTTPTypes
package import MartletGateway
import NIOCore

/// How many requests one client may send.
package struct RateLimit: Sendable, Equatable {
    /// So many…
    package var count: Int
    /// … in so much time.
    package var period: Duration
    /// How many may come at once after a pause; as many as in a period if nil.
    package var burst: Int?
    package var client = ClientKind.address
    /// Only log what would be refused.
    package var isDryRun = false
    /// Policies with the same limit and the same scope are one: they count together, also over a reload.
    package var scope = ""

    package init(count: Int, period: Duration) {
        self.count = count
        self.period = period
    }

    /// Reads `10/s`, `100/m`, `1000/h`.
    ///
    /// - Throws: ``PolicyError``.
    package init(parsing text: String) throws(PolicyError) {
        let units: [Substring: Int64] = ["s": 1, "m": 60, "h": 3600]
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let seconds = units[parts[1]], parts[0].utf8.allSatisfy({ $0 &- 0x30 < 10 }),
            let count = Int(parts[0]), (1...1_000_000).contains(count)
        else {
            throw PolicyError(
                "\"\(text)\" is no rate; write a number from 1 to 1000000 and a time, as in 10/s, 100/m or 1000/h"
            )
        }
        self.init(count: count, period: .seconds(seconds))
    }

    package func counting(_ scope: String) -> Self {
        var limit = self
        limit.scope = scope
        return limit
    }
}

/// Refuses who sends more than a rate with 429.
///
/// The generic cell rate algorithm: of each client one moment is kept, at which it would have used up what it has sent so far
/// if it had sent evenly. A request moves it on by one interval, and is refused if that is more than a burst ahead of now.
/// Refused ones do not count.
package struct RatePolicy: Policy {
    let limit: RateLimit
    private let interval: Int64
    private let tolerance: Int64
    private let policyField: String
    private let moments: ClientTable<Int64>
    private let now: @Sendable () -> Int64
    private let log = RefusalLog("refused by the rate limit")

    /// - Parameter now: nanoseconds that never go back.
    package init(
        _ limit: RateLimit,
        tableLimit: Int = 131_072,
        now: @escaping @Sendable () -> Int64 = { Int64(clamping: NIODeadline.now().uptimeNanoseconds) }
    ) {
        self.limit = limit
        let seconds = limit.period.components.seconds
        let count = Int64(max(1, limit.count))
        interval = max(1, seconds * 1_000_000_000 / count)
        let burst = max(1, limit.burst ?? limit.count)
        tolerance = interval.multipliedReportingOverflow(by: Int64(burst)).partialValue
        policyField = "\"default\";q=\(limit.count);w=\(seconds)"
        moments = ClientTable(limit: tableLimit)
        self.now = now
    }

    package func receive(_ request: inout Request) -> Verdict {
        let now = now()
        let wait = moments.update(limit.client.key(of: request), isStale: { $0 <= now }) { moment -> Int64 in
            let next = max(moment ?? now, now) + interval
            let wait = next - now - tolerance
            if wait <= 0 { moment = next }
            return wait
        }
        guard wait > 0 else { return .pass }
        log.note(request, isDryRun: limit.isDryRun)
        return limit.isDryRun ? .pass : .answer(refusal(wait))
    }

    /// With the fields of draft-ietf-httpapi-ratelimit-headers-10.
    private func refusal(_ wait: Int64) -> Response {
        let seconds = (wait + 999_999_999) / 1_000_000_000
        var response = Response.refusal(.tooManyRequests, "Too many requests. Try again in \(seconds) s.")
        response.headers.append(.retryAfter, "\(seconds)")
        response.headers.append("RateLimit-Policy", policyField)
        response.headers.append("RateLimit", "\"default\";r=0;t=\(seconds)")
        return response
    }
}
