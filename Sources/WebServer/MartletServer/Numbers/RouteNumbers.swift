/// What is counted of the requests of one route.
package struct RouteNumbers: Sendable, Equatable {
    /// `1xx` to `5xx`.
    package static let classes = 5

    /// By method, then by class of status.
    private var answers = [UInt64](repeating: 0, count: CountedMethod.allCases.count * classes)
    /// From the request's head to the end of the answer; without connections that have left HTTP, which last as long as they last.
    package private(set) var latency = LatencyHistogram()
    /// Requests that are not answered completely.
    package var inFlight = 0
    /// Of request bodies, and of answers' bodies.
    package private(set) var receivedBytes: UInt64 = 0
    package private(set) var sentBytes: UInt64 = 0

    package init() {}

    /// - Parameter nanoseconds: nil if its time says nothing.
    mutating func ended(_ method: CountedMethod, status: Int, nanoseconds: Int64?, received: Int, sent: Int) {
        answers[Self.index(method, status / 100)] &+= 1
        if let nanoseconds { latency.add(nanoseconds: nanoseconds) }
        receivedBytes &+= UInt64(max(0, received))
        sentBytes &+= UInt64(max(0, sent))
    }

    package mutating func add(_ other: RouteNumbers) {
        for index in answers.indices { answers[index] &+= other.answers[index] }
        latency.add(other.latency)
        inFlight &+= other.inFlight
        receivedBytes &+= other.receivedBytes
        sentBytes &+= other.sentBytes
    }

    /// - Parameter statusClass: 1 for `1xx`, up to 5.
    package func answers(to method: CountedMethod, _ statusClass: Int) -> UInt64 {
        answers[Self.index(method, statusClass)]
    }

    package var total: UInt64 { answers.reduce(0, &+) }

    package var serverErrors: UInt64 {
        CountedMethod.allCases.reduce(0) { $0 &+ answers(to: $1, 5) }
    }

    private static func index(_ method: CountedMethod, _ statusClass: Int) -> Int {
        method.rawValue &* classes &+ min(max(statusClass, 1), classes) &- 1
    }
}
