/// What an upstream does, for people and for metrics.
package struct UpstreamStatus: Codable, Sendable {
    package enum State: String, Codable, Sendable, CaseIterable {
        case up
        /// It has failed, and gets no requests for now.
        case failing
        /// One request finds out whether it is back.
        case tried
        /// Its checks fail.
        case unhealthy
    }

    package var url: String
    package let state: State
    package let requests: Int
    package let failures: Int
    package let inFlight: Int
    package let connections: Int
}

extension UpstreamStatus.State {
    init(_ record: UpstreamRecord) {
        switch record.health {
        case _ where record.isDownByCheck: self = .unhealthy
        case .up: self = .up
        case .down: self = .failing
        case .tried: self = .tried
        }
    }
}

/// All upstreams of a target.
package struct ProxyStatus: Codable, Sendable {
    package var upstreams: [UpstreamStatus]
    /// Requests that wait for one.
    package let waiting: Int
}
