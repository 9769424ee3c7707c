import Glibc
import NIOCore

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

    /// What has gone wrong.
    package struct Failure: Codable, Sendable {
        package var text: String
        /// Seconds since 1970.
        package let time: Int

        /// Now.
        init(_ text: String) {
            self.text = text
            time = Glibc.time(nil)
        }
    }

    package var url: String
    package let isBackup: Bool
    package let state: State
    package let requests: Int
    package let failures: Int
    package let inFlight: Int
    package let connections: Int
    /// Requests whose answer has begun, and how long that took for all of them, in seconds.
    package let answers: Int
    package let answerSeconds: Double
    /// How long it took for the last ones; nil before the first.
    package let recentAnswerSeconds: Double?
    package var lastFailure: Failure?

    init(_ url: UpstreamURL, _ record: UpstreamRecord, connections: Int, lastFailure: Failure?) {
        self.url = url.name
        isBackup = url.isBackup
        state = State(record)
        requests = record.requests
        failures = record.failures
        inFlight = record.inFlight
        self.connections = connections
        answers = record.answers
        answerSeconds = Double(record.answerTime.nanoseconds) / 1e9
        recentAnswerSeconds = record.recentAnswerTime.map { Double($0.nanoseconds) / 1e9 }
        self.lastFailure = lastFailure
    }
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
