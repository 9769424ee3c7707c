package import NIOCore

/// The streams of a connection, with their windows: what the ``HTTP2Machine`` reads changes them, and answers are written
/// to them.
package struct HTTP2Streams: ~Copyable, Sendable {
    let limits: HTTP2Limits
    package internal(set) var table = StreamTable()
    var sender: BodySender
    var budget = FloodBudget()
    /// For all bodies together.
    var receiving: ReceiveWindow
    var wasReset = ResetStreams()
    /// The newest stream of the client.
    var last: UInt32 = 0
    /// No stream after this one is served; by a client none is.
    var lastServed = UInt32.max
    /// The client has been told that its dynamic table is not used, or need not be.
    var hasToldTableSize = false

    init(limits: HTTP2Limits, role: EndpointRole = .server) {
        self.limits = limits
        sender = BodySender(role: role)
        receiving = ReceiveWindow(limits.connectionWindow)
        if role == .client { lastServed = 0 }
    }
}

// MARK: - Their life

extension HTTP2Streams {
    mutating func spend(_ cost: FloodBudget.Cost, times: Int = 1) throws(HTTP2Fault) {
        guard budget.spend(cost, times: times) else { throw .connection(.enhanceYourCalm) }
    }

    mutating func insert(_ id: UInt32, _ message: HTTP2Message, ends: Bool) {
        table.insert(
            HTTP2Stream(
                id: id,
                reading: ends ? .ended : .open(missing: message.length),
                window: FlowWindow(sender.peer.initialWindow),
                receiving: ReceiveWindow(limits.streamWindow),
                priority: message.priority,
                isHead: message.isHead,
                awaitsContinue: message.expectsContinue && !ends,
                isWebSocket: message.isWebSocket
            )
        )
    }

    /// Tells the client that a stream is over, and forgets it.
    mutating func reset(_ id: UInt32, _ error: HTTP2Error, _ output: inout ByteBuffer) {
        output.writeReset(id, error)
        wasReset.note(id)
        if let index = table.index(of: id) { remove(at: index, &output) }
    }

    /// The stream is over, for whatever reason.
    mutating func remove(at index: Int, _ output: inout ByteBuffer) {
        sender.forget(table[index])
        giveBack(table[index].receiving.held, &output)
        table.remove(at: index)
    }

    /// SETTINGS of the client: the windows of open streams change too (RFC 9113 section 6.9.2).
    mutating func take(settings payload: UnsafeRawBufferPointer) throws(HTTP2Fault) {
        let before = sender.peer.initialWindow
        do throws(HTTP2Error) { try sender.peer.take(payload) } catch { throw .connection(error) }
        let change = sender.peer.initialWindow &- before
        if change != 0 {
            for index in table.indices {
                guard table[index].window.grow(by: change) else { throw .connection(.flowControl) }
                sender.resume(&table[index])
            }
        }
        try spend(.frame, times: 1 &+ payload.count / 6)
    }

    mutating func growWindow(of id: UInt32, by increment: Int) throws(HTTP2Fault) {
        guard budget.spendUpdate(sent: sender.frames) else { throw .connection(.enhanceYourCalm) }
        if id == 0 {
            guard increment > 0 else { throw .connection(.protocol) }
            guard sender.window.grow(by: increment) else { throw .connection(.flowControl) }
            return
        }
        guard id <= last, id & 1 == 1 else { throw .connection(.protocol) }
        guard let index = table.index(of: id) else { return }
        guard increment > 0 else { throw .stream(id, .protocol) }
        guard table[index].window.grow(by: increment) else { throw .stream(id, .flowControl) }
        sender.resume(&table[index])
    }

    /// The client resets a stream.
    ///
    /// - Returns: whether it was alive.
    mutating func wasReset(_ id: UInt32, _ output: inout ByteBuffer) throws(HTTP2Fault) -> Bool {
        guard id <= last else { throw .connection(.protocol) }
        guard let index = table.index(of: id) else {
            try spend(.frame)
            return false
        }
        remove(at: index, &output)
        try spend(.stream)
        return true
    }

    /// One that is ahead of its request is not kept: the request says its priority itself.
    mutating func change(_ id: UInt32, to priority: StreamPriority) {
        if let index = table.index(of: id) { sender.change(&table[index], to: priority) }
    }
}

// MARK: - Bodies of requests

extension HTTP2Streams {
    /// The head of a DATA frame. All of the frame counts for the windows, padding included (RFC 9113 section 6.1).
    ///
    /// - Parameter content: how much of its `count` bytes is not padding.
    /// - Returns: whether the body is too long.
    mutating func begin(
        _ frame: DataFrame,
        count: Int,
        _ output: inout ByteBuffer
    ) throws(HTTP2Fault) -> Bool {
        let id = frame.stream
        guard id & 1 == 1, id <= last else { throw .connection(.protocol) }
        guard receiving.receive(count) else { throw .connection(.flowControl) }
        if frame.content == 0, !frame.ends { try spend(.frame) }
        guard let index = table.index(of: id) else {
            guard id > lastServed || wasReset.contains(id) else { throw .connection(.streamClosed) }
            giveBack(count, &output)
            try spend(.frame)
            return false
        }
        guard table[index].receiving.receive(count) else { throw .stream(id, .flowControl) }
        // What is no content is used at once.
        if count > frame.content { used(count &- frame.content, by: id, into: &output) }
        switch table[index].reading {
        case .ended: throw .stream(id, .streamClosed)
        case .head: throw .stream(id, .protocol)
        case .discarding: return false
        case .open(let missing?):
            guard frame.content <= missing, !frame.ends || frame.content == missing else {
                throw .stream(id, .protocol)
            }
            table[index].reading = .open(missing: missing &- frame.content)
        case .open(nil): break
        }
        table[index].awaitsContinue = false
        table[index].received &+= frame.content
        guard table[index].received > limits.bodyBytes, !table[index].isWebSocket else { return false }
        table[index].reading = .discarding
        return true
    }

    /// Bytes of a body have come.
    ///
    /// - Returns: whether anybody reads them.
    mutating func receive(_ count: Int, of id: UInt32, _ output: inout ByteBuffer) -> Bool {
        budget.earn(received: count)
        // What came for a stream that is gone was given back with the frame's head.
        guard let index = table.index(of: id) else { return false }
        table[index].waited = 0
        if case .open = table[index].reading { return true }
        discard(count, index, &output)
        return false
    }

    /// The client may send what its window allows, so that a body that is nearly through ends by itself; then it is told that
    /// the rest is of no use (RFC 9113 section 8.1).
    private mutating func discard(_ count: Int, _ index: Int, _ output: inout ByteBuffer) {
        giveBack(count, &output)
        table[index].receiving.drop(count)
        guard table[index].receiving.isFull, table[index].writing == .whole, table[index].pending == nil else { return }
        reset(table[index].id, .none, &output)
    }

    /// The end of a body.
    ///
    /// - Returns: whether anybody waits for it.
    mutating func endBody(of id: UInt32, _ output: inout ByteBuffer) throws(HTTP2Fault) -> Bool {
        guard let index = table.index(of: id) else { return false }
        let reading = table[index].reading
        if case .open(let missing?) = reading, missing > 0 { throw .stream(id, .protocol) }
        table[index].reading = .ended
        if case .open = reading { return true }
        if table[index].writing == .whole, table[index].pending == nil { remove(at: index, &output) }
        return false
    }

    private mutating func giveBack(_ count: Int, _ output: inout ByteBuffer) {
        if let increment = receiving.use(count) { output.writeWindowUpdate(0, increment) }
    }

    /// The bytes that a body's reader has: the client may send as many again.
    package mutating func used(_ count: Int, by id: UInt32, into output: inout ByteBuffer) {
        guard let index = table.index(of: id) else { return }
        let count = min(count, table[index].receiving.held)
        let increment = table[index].receiving.use(count)
        giveBack(count, &output)
        if let increment, table[index].reading != .ended { output.writeWindowUpdate(id, increment) }
    }

    /// All bytes that the client has sent for a stream have found their reader.
    package mutating func usedAll(by id: UInt32, into output: inout ByteBuffer) {
        guard let index = table.index(of: id) else { return }
        used(table[index].receiving.held, by: id, into: &output)
    }

    /// All of a body has come with its head.
    mutating func takeWhole(_ count: Int, of id: UInt32, _ output: inout ByteBuffer) throws(HTTP2Fault) {
        guard let index = table.index(of: id) else { return }
        guard receiving.receive(count) else { throw .connection(.flowControl) }
        giveBack(count, &output)
        budget.earn(received: count)
        table[index].reading = .ended
        table[index].awaitsContinue = false
    }

    /// The body of a request is of no use any more.
    package mutating func discardBody(of id: UInt32, into output: inout ByteBuffer) {
        guard let index = table.index(of: id), table[index].reading != .ended else { return }
        giveBack(table[index].receiving.held, &output)
        table[index].receiving.drop(table[index].receiving.held)
        table[index].reading = .discarding
    }
}
