import MartletGateway
import MartletHTTP1
import NIOCore

/// What a connection knows of the request that it is busy with.
struct Exchange {
    enum Output {
        /// Nothing of the answer is out.
        case waiting
        /// The head is out and the body follows.
        case streaming(ResponseFraming.Delimiting)
        case finished
    }

    var request = ResponseFraming.Exchange()
    /// Whether the connection's head is this exchange's; a head that broke the rules is not to be trusted.
    var hasHead = false
    /// The client waits for `100 Continue` before it sends the body.
    var awaitsContinue = false
    var output = Output.waiting
    /// Bytes of the body that are still to come where their number was announced.
    var announced: Int?
    var status = 0
    var sentBytes = 0
    var keepsAlive = true
    /// Bytes that were streamed since the application last let others on.
    var sinceYield = 0
    /// The request broke the protocol: what the client sends behind it is no request.
    var isRefused = false
    /// For the log, where there is no head.
    var line: RequestLineText?
    /// For the log, where the client is not the connection's peer.
    var client: [UInt8]?
    /// For the log, where it tells durations.
    var started: NIODeadline?

    init() {}

    init(_ head: RequestHead) {
        hasHead = true
        request.isHead = head.method.count == 4 && head.slice(head.method).elementsEqual("HEAD".utf8)
        request.minorVersion = head.minorVersion
        request.keepsAlive = head.keepsAlive
    }
}

/// A request body that had not completely arrived with its head.
struct IncomingBody {
    let stream: BodyStream
    var decoder: BodyDecoder
    /// The application has enough to read for now.
    var isHeldBack = false
    var received = 0
    /// How long the client has had to send it, by the loop's ticks.
    var waited = Duration.zero
    /// No more of it will come.
    var isOver = false
    /// What the client has done wrong, where that is why.
    private(set) var fault: RequestFault?

    mutating func fail(_ fault: RequestFault) {
        isOver = true
        self.fault = fault
        stream.fail(fault == .bodyCutShort ? IncompleteBody() : fault)
    }
}

/// How long a client has taken nothing of what waits for it.
struct SendStall {
    private var pending = 0
    private var since: NIODeadline?

    mutating func reset() { since = nil }

    /// Whether `limit` has passed without progress.
    mutating func hasLasted(_ limit: TimeAmount, pending now: Int, at moment: NIODeadline) -> Bool {
        guard let since, now == pending else {
            pending = now
            since = moment
            return false
        }
        return moment - since >= limit
    }
}
