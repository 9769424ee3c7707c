import MartletHTTP1

extension HTTP2Stream {
    /// One that we open: the head of its request was written.
    ///
    /// - Parameters:
    ///   - ends: whether nothing follows the head.
    ///   - endsItself: whether the last byte of a body of a known length is its end.
    init(
        request id: UInt32,
        isHead: Bool,
        ends: Bool,
        framing: MessageFraming,
        endsItself: Bool,
        window: FlowWindow,
        receiving: ReceiveWindow
    ) {
        self.init(
            id: id,
            reading: .head,
            window: window,
            receiving: receiving,
            priority: StreamPriority(),
            isHead: isHead,
            awaitsContinue: false,
            isWebSocket: false
        )
        if ends {
            writing = .whole
        } else if case .length(let length) = framing {
            writing = .body(missing: length)
            if endsItself { unwritten = length }
        } else {
            writing = .body(missing: nil)
        }
    }
}
