import NIOCore

/// One request and its answer on a connection (RFC 9113 section 5.1). The legal combinations of its states:
///
/// | reading | writing |
/// |---|---|
/// | `open`, `ended` | `head`, then `body`, then `whole` or `broken` |
/// | `discarding` | `whole`, `broken`: the answer is made, or nobody reads the body |
///
/// A client has written the head before there is a stream; it reads `head`, then `open`, and forgets the stream with the end of
/// the answer.
///
/// It is over when it has been read to its end and the end of its answer was sent, or when either side resets it.
struct HTTP2Stream: Sendable {
    enum Reading: Sendable, Equatable {
        /// As a client: the head of the answer is due.
        case head
        /// A body is coming, and so many announced bytes of it are missing, if that is known.
        case open(missing: Int?)
        /// The rest of the body is of no use to anybody.
        case discarding
        case ended
    }

    enum Writing: Sendable, Equatable {
        /// The answer's head is due.
        case head
        /// Its body follows; the application has so many announced bytes of it still to write, if that is known.
        case body(missing: Int?)
        /// All of it has been written, but may wait for its window.
        case whole
        /// It breaks off after what has been written.
        case broken
    }

    let id: UInt32
    var reading: Reading
    var writing = Writing.head
    /// For what we send.
    var window: FlowWindow
    /// For what the client sends.
    var receiving: ReceiveWindow
    /// How much of a body has come.
    var received = 0
    /// Announced bytes of the answer's body that have not come here. The server may keep some that the application has
    /// written.
    var unwritten: Int?
    /// What is written and waits for the window, for its turn, or for the transport.
    var pending: ByteBuffer?
    /// The block of the fields behind the body.
    var trailer: [UInt8]?
    var priority: StreamPriority
    var isScheduled = false
    var isHead: Bool
    var awaitsContinue: Bool
    var isWebSocket: Bool
    /// As a client: answers that have come ahead of the answer.
    var informational = 0
    /// For how many ticks the client has not let it go on.
    var waited = 0

    var pendingBytes: Int { pending?.readableBytes ?? 0 }
    /// All of its answer that was written is on its way, and more is to come.
    var isDry: Bool { if case .body = writing { pending == nil } else { false } }
}

/// The streams that are alive. There are few, and what is looked for is mostly the newest.
package struct StreamTable: Sendable {
    private var ids: [UInt32] = []
    private var streams: [HTTP2Stream] = []

    var count: Int { ids.count }
    var indices: Range<Int> { ids.indices }

    @inline(__always)
    func index(of id: UInt32) -> Int? {
        var index = ids.count
        while index > 0 {
            index &-= 1
            if ids[index] == id { return index }
        }
        return nil
    }

    subscript(index: Int) -> HTTP2Stream {
        @inline(__always) _read { yield streams[index] }
        @inline(__always) _modify { yield &streams[index] }
    }

    /// Whether what a stream has to send goes before all of another one (RFC 9218 section 10).
    package func precedes(_ first: UInt32, _ second: UInt32) -> Bool {
        guard let first = index(of: first).map({ streams[$0] }), let second = index(of: second).map({ streams[$0] }),
            first.window.room > 0
        else { return false }
        let (one, other) = (first.priority, second.priority)
        guard one.urgency == other.urgency else { return one.urgency < other.urgency }
        return !one.isIncremental && !other.isIncremental && first.id < second.id
    }

    mutating func insert(_ stream: HTTP2Stream) {
        ids.append(stream.id)
        streams.append(stream)
    }

    /// The last one takes its place.
    mutating func remove(at index: Int) {
        let last = ids.count &- 1
        if index != last {
            ids.swapAt(index, last)
            streams.swapAt(index, last)
        }
        ids.removeLast()
        streams.removeLast()
    }
}

/// The streams that we have reset lately: what their clients sent before they knew is ignored (RFC 9113 section 5.1).
struct ResetStreams: Sendable {
    private static let places = 128

    private var ids: [UInt32] = []
    private var next = 0

    mutating func note(_ id: UInt32) {
        if ids.count < Self.places { return ids.append(id) }
        ids[next] = id
        next = (next &+ 1) % Self.places
    }

    func contains(_ id: UInt32) -> Bool { ids.contains(id) }
}
