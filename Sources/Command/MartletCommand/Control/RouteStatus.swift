/// What the target of a route is doing: in JSON the status itself, with the route beside it.
struct RouteStatus: Codable, Sendable {
    let route: String
    let status: TargetStatus

    private enum CodingKeys: CodingKey {
        case route
    }

    init(route: String, status: TargetStatus) {
        self.route = route
        self.status = status
    }

    init(from decoder: any Decoder) throws {
        // A server that was started before an upgrade does not say it.
        route = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(String.self, forKey: .route) ?? ""
        status = try TargetStatus(from: decoder)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(route, forKey: .route)
        try status.encode(to: encoder)
    }

    /// As a person reads it. The only application of a command line has no route that would say something.
    func lines(isAlone: Bool) -> [String] {
        guard let first = status.lines.first, !isAlone, !route.isEmpty else { return status.lines }
        return ["\(route): \(first)"] + status.lines.dropFirst()
    }
}
