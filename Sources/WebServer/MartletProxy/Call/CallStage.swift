/// How far a request is on its way to an upstream and back.
enum CallStage {
    /// The body is taken in from the client.
    case takingBody
    /// No upstream is free; its place in the queue.
    case queued(UInt64)
    case connecting
    /// The request is sent, or being sent.
    case asked
    /// The head of the answer is here, and what of its body has come with it: ``answer`` and ``collected``.
    case collecting
    /// The answer is with the client, as far as it has come.
    case streaming(AnswerStream)
    /// The connection has left HTTP.
    case tunnel(AnswerStream)
    case over

    var isConnecting: Bool { if case .connecting = self { true } else { false } }

    /// What its client reads.
    var stream: AnswerStream? {
        switch self {
        case .streaming(let stream), .tunnel(let stream): stream
        case .takingBody, .queued, .connecting, .asked, .collecting, .over: nil
        }
    }
}
