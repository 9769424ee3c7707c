/// A server of a service (RFC 2782).
package struct DNSService: Sendable, Hashable {
    /// Those with the lowest number are asked first.
    package let priority: Int
    /// How often one is chosen among those of its priority, compared with others.
    package let weight: Int
    package let port: Int
    /// The root, an empty name, says that there is no such service.
    package let target: DNSName

    package init(priority: Int, weight: Int, port: Int, target: DNSName) {
        self.priority = priority
        self.weight = weight
        self.port = port
        self.target = target
    }

    /// The order in which a client tries them: by priority, and by chance within it (RFC 2782, "Usage rules").
    package static func order(
        _ services: [DNSService],
        using random: inout some RandomNumberGenerator
    ) -> [DNSService] {
        var ordered: [DNSService] = []
        let usable = services.filter { !$0.target.bytes.isEmpty && $0.port > 0 }
        for (_, group) in Dictionary(grouping: usable, by: \.priority).sorted(by: { $0.key < $1.key }) {
            var left = group.sorted { $0.weight < $1.weight }
            while !left.isEmpty {
                let total = left.reduce(0) { $0 + $1.weight }
                var chosen = Int.random(in: 0...total, using: &random)
                let index = left.firstIndex { service in
                    chosen -= service.weight
                    return chosen <= 0
                }
                ordered.append(left.remove(at: index ?? 0))
            }
        }
        return ordered
    }
}
