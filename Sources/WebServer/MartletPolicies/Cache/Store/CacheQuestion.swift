import MartletGateway
import NIOCore

/// What a request asks a cache for.
struct CacheQuestion {
    let key: CacheKey
    let head: RequestHead
    let request: CacheRequest
    let credentials: CacheRequest.Credentials
    let now: Int64
    /// Whether the application may be asked for something to keep.
    let mayFill: Bool
    let mayWait: Bool
    /// For how long.
    let wait: TimeAmount
    let keyFields: [String]
    let clientsDecide: Bool

    func suits(_ stored: StoredResponse) -> Bool {
        stored.audience.isSuperset(of: credentials) && stored.variant.matches(head)
    }

    /// Whether the answer that is fetched with it is likely to be one for this request.
    func suits(_ ticket: Ticket) -> Bool { ticket.credentials == credentials && ticket.variant.matches(head) }

    func accepts(_ freshness: Freshness) -> Bool { !clientsDecide || request.accepts(freshness, at: now) }
}
