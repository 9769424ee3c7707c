import MartletPolicies

/// How many requests one client may send.
struct RateConfiguration: Sendable, Equatable {
    /// All of them hold.
    var rates: [RateLimit] = []
    var burst: Int?
    var client = ClientKind.address
    var isDryRun = false

    func check() throws(PolicyError) {
        if rates.isEmpty { throw PolicyError("there is no rate; write rate = \"10/s\"") }
    }

    var limits: [RateLimit] {
        rates.map { rate in
            var limit = rate
            limit.burst = burst
            limit.client = client
            limit.isDryRun = isDryRun
            return limit
        }
    }
}
