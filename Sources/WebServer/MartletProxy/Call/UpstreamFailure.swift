import HTTPTypes
import MartletGateway

/// Why a request has no usable answer of an upstream.
enum UpstreamFailure: Error, Sendable, Equatable {
    /// No connection: the system's reason.
    case unreachable(String)
    case connectTooSlow(Duration)
    /// It took nothing of the request for so long.
    case takesNothing(Duration)
    case noAnswer(Duration)
    /// Nothing more of an answer came for so long.
    case pauses(Duration)
    case takesTooLong(Duration)
    /// The answer, or the rest of it, is of no use.
    case fault(String)
    /// None of several is there for it.
    case refused(UpstreamMachine.Refusal)
    case queueTooSlow(Duration)

    /// Whether it is no use to try again: a second time it would hardly be faster, and the upstream may be at work on it.
    var isFinal: Bool {
        switch self {
        case .noAnswer, .takesTooLong: true
        default: false
        }
    }

    var status: HTTPResponse.Status {
        switch self {
        case .unreachable, .fault: .badGateway
        case .connectTooSlow, .takesNothing, .noAnswer, .pauses, .takesTooLong: .gatewayTimeout
        case .refused(.tried): .badGateway
        case .refused, .queueTooSlow: .serviceUnavailable
        }
    }

    /// What the client is told: nothing about what is behind this server.
    var response: Response {
        switch status {
        case .gatewayTimeout: .refusal(status, "The server behind this one did not answer in time.")
        case .serviceUnavailable: .refusal(status, "No server is free for this request at the moment.")
        default: .refusal(status, "The server behind this one gave no usable answer.")
        }
    }

    /// What happened, and what to do about it where that is known, for the log.
    func sentence(about upstream: String) -> String {
        switch self {
        case .unreachable(let reason): "The upstream \(upstream) cannot be reached: \(reason)."
        case .connectTooSlow(let time):
            "There was no connection to the upstream \(upstream) within \(Self.text(time)), the look-up of its name included (connect-timeout)."
        case .takesNothing(let time):
            "The upstream \(upstream) took nothing of a request for \(Self.text(time)) (send-timeout)."
        case .noAnswer(let time):
            "The upstream \(upstream) did not begin its answer within \(Self.text(time)) (answer-timeout)."
        case .pauses(let time):
            "The upstream \(upstream) sent nothing more of its answer for \(Self.text(time)) (read-timeout)."
        case .takesTooLong(let time):
            "The upstream \(upstream) did not end its answer within \(Self.text(time)) (total-timeout)."
        case .fault(let reason): "The answer of the upstream \(upstream) cannot be used: \(reason)."
        case .refused(.down): "None of the upstreams answers at the moment; the last of them was \(upstream)."
        case .refused(.busy): "All upstreams have as many requests as they may have (requests), and the queue is full."
        case .refused(.tried): "None of the upstreams could answer a request; the last of them was \(upstream)."
        case .queueTooSlow(let time): "No upstream was free for a request within \(Self.text(time)) (queue-timeout)."
        }
    }

    private static func text(_ time: Duration) -> String {
        let (seconds, attoseconds) = time.components
        return attoseconds == 0 ? "\(seconds) s" : "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000) ms"
    }
}

/// An answer that broke off when some of it was with the client.
struct BrokenUpstreamAnswer: BrokenAnswer {
    let failure: UpstreamFailure
    let upstream: String

    var description: String {
        failure.sentence(about: upstream) + " The answer breaks off, and the client's connection is closed."
    }
}
