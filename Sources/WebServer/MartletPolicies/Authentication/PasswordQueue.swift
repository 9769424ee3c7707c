/// How many passwords wait for their check, of all clients and of each: a client that guesses cannot keep the others from logging in.
struct PasswordQueue: Sendable {
    /// With two threads that need a quarter of a second for each, the last one waits about eight seconds.
    private static let limit = 64
    /// A browser has six connections to a host.
    private static let clientLimit = 8

    private var counts: [ClientKey: Int] = [:]
    private var total = 0

    /// - Returns: whether there is room for one more.
    mutating func enter(_ client: ClientKey) -> Bool {
        let count = counts[client, default: 0]
        // Who is behind a Unix socket without a name is everybody.
        guard total < Self.limit, count < Self.clientLimit || client == .unix else { return false }
        counts[client] = count + 1
        total += 1
        return true
    }

    mutating func leave(_ client: ClientKey) {
        guard let count = counts[client] else { return }
        counts[client] = count > 1 ? count - 1 : nil
        total -= 1
    }
}
