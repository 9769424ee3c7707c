import MartletBytes
import MartletGateway

/// What a cache has done with a request, as a field of the answer tells it.
enum CacheStatus {
    case hit(rest: Int)
    case stale(rest: Int)
    /// By another request's answer.
    case collapsed
    /// The application has answered.
    case miss(isStored: Bool)
    /// It has confirmed what was stale.
    case confirmed
    /// It has failed, and what is stale is sent instead.
    case afterError(rest: Int)
    case passed

    /// Cache-Status as RFC 9211 has it; in another field one word, as Varnish and CDNs have it.
    func value(for field: String) -> String {
        let isStandard = ASCIICase.equals(field.utf8, "cache-status")
        return isStandard ? "martlet; \(parameters)" : word
    }

    private var parameters: String {
        switch self {
        case .hit(let rest): "hit; ttl=\(rest)"
        case .stale(let rest): "hit; ttl=\(rest); detail=stale"
        case .collapsed: "fwd=miss; collapsed"
        case .miss(let isStored): isStored ? "fwd=miss; stored" : "fwd=miss"
        case .confirmed: "fwd=stale; fwd-status=304; stored"
        case .afterError(let rest): "fwd=stale; ttl=\(rest); detail=error"
        case .passed: "fwd=bypass"
        }
    }

    private var word: String {
        switch self {
        case .hit, .collapsed: "HIT"
        case .stale, .afterError: "STALE"
        case .miss: "MISS"
        case .confirmed: "REVALIDATED"
        case .passed: "PASS"
        }
    }
}

extension Response {
    mutating func tell(_ status: CacheStatus, in field: String?) {
        if let field { headers.append(field, status.value(for: field)) }
    }
}
