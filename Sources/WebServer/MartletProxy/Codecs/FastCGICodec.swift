import MartletCGI
import MartletGateway
import MartletHTTP1
import NIOCore

/// FastCGI to an upstream.
///
/// The rules:
///
/// 1. The answer is over with FCGI_END_REQUEST. Where the connection is not kept, it is with the last byte that was announced too:
///    what the application does afterwards is not waited for.
/// 2. FCGI_STDERR is for the log, line by line and bounded (``ErrorLines``). It comes before the end of the answer.
struct FastCGICodec: UpstreamCodec {
    private enum State: Sendable, Equatable {
        case idle
        /// - Parameters:
        ///   - isWhole: the client has everything.
        ///   - hasEnded: the application has said so.
        case answer(isWhole: Bool, hasEnded: Bool)
    }

    /// As much as a request may have in its head, and what this server adds to it.
    private static let limits = CGIVariables.Limits(bytes: 131_072, count: 1024)

    private let keepsConnection: Bool
    private var machine: FastCGIClientMachine
    private var reader = CGIResponseReader()
    private var errors = ErrorLines()
    private var messages = CircularBuffer<String>()
    /// What of the answer has not been read.
    private var answer = ByteBuffer()
    private var state = State.idle
    private var bodyLeft = 0
    private var inputIsClosed = false
    private(set) var hasReceived = false

    init(keepsConnection: Bool) {
        self.keepsConnection = keepsConnection
        machine = FastCGIClientMachine(keepsConnection: keepsConnection)
    }

    private var isNew: Bool { state == .idle && !hasReceived }

    var isIdle: Bool { state == .idle && (machine.isReusable || isNew) && !inputIsClosed }
    var isSendingBody: Bool { bodyLeft > 0 }
    var keepAliveSeconds: Int? { nil }

    mutating func begin(_ request: OutgoingRequest, into output: inout ByteBuffer) throws {
        let variables = try request.variables(over: .fastcgi, limits: Self.limits)
        machine.begin(variables, into: &output)
        reader = CGIResponseReader(isHead: request.isHead)
        errors = ErrorLines()
        answer = ByteBuffer()
        state = .answer(isWhole: false, hasEnded: false)
        hasReceived = false
        if case .length(let length) = request.framing { bodyLeft = length } else { bodyLeft = 0 }
    }

    mutating func encode(_ bytes: ByteBuffer, _ send: (ByteBuffer) -> Void) throws(BodyTooLong) {
        guard bytes.readableBytes <= bodyLeft else { throw BodyTooLong(excess: bytes.readableBytes - bodyLeft) }
        bodyLeft -= bytes.readableBytes
        var records = ByteBuffer()
        machine.writeBody(bytes, into: &records)
        if records.readableBytes > 0 { send(records) }
    }

    mutating func endBody(into output: inout ByteBuffer) -> Bool {
        guard bodyLeft == 0 else { return false }
        machine.endBody(into: &output)
        return true
    }

    mutating func inputClosed() { inputIsClosed = true }

    mutating func receive(_ input: inout ByteBuffer) -> UpstreamEvent {
        while true {
            if let text = messages.popFirst() { return .message(text) }
            switch state {
            case .idle: return receiveIdle(&input)
            case .answer(isWhole: true, let hasEnded) where hasEnded || !keepsConnection: return end()
            case .answer(isWhole: false, let hasEnded):
                switch UpstreamEvent(reader.next(&answer)) {
                case .end: state = .answer(isWhole: true, hasEnded: hasEnded)
                case let event?: return event
                case nil: if let event = receiveRecord(&input) { return event }
                }
            case .answer:
                // Whatever is behind the announced body makes it ambiguous.
                if let event = UpstreamEvent(reader.next(&answer)) { return event }
                if let event = receiveRecord(&input) { return event }
            }
        }
    }

    private mutating func receiveIdle(_ input: inout ByteBuffer) -> UpstreamEvent {
        switch machine.receive(&input) {
        case .fault(let fault): return .fault(UpstreamFault("it \(fault)"))
        case .needsMore, .output, .errors, .end: return inputIsClosed ? .closed : .needsMore
        }
    }

    /// - Returns: nil where there is something for the reader of the answer, or a message.
    private mutating func receiveRecord(_ input: inout ByteBuffer) -> UpstreamEvent? {
        if input.readableBytes > 0 { hasReceived = true }
        var event = machine.receive(&input)
        if case .needsMore = event, inputIsClosed {
            if !hasReceived { return .fault(UpstreamFault("it closed the connection before it began", isEnd: true)) }
            event = machine.inputEnded()
        }
        switch event {
        case .needsMore: return .needsMore
        case .output(let bytes):
            if answer.readableBytes == 0 { answer = bytes } else { answer.writeImmutableBuffer(bytes) }
        case .errors(let bytes): errors.take(bytes) { messages.append($0) }
        case .end(let ending):
            errors.finish { messages.append($0) }
            guard ending.status == .complete else { return .fault(UpstreamFault("it \(ending.status.sentence)")) }
            reader.inputEnded()
            if case .answer(let isWhole, _) = state { state = .answer(isWhole: isWhole, hasEnded: true) }
        case .fault(let fault): return .fault(UpstreamFault("it \(fault)"))
        }
        return nil
    }

    private mutating func end() -> UpstreamEvent {
        state = .idle
        return .end(trailer: nil)
    }
}

extension FastCGIEnding.Status {
    /// What a line of the log says behind "it".
    fileprivate var sentence: String {
        switch self {
        case .complete: "has answered"
        case .cannotMultiplex: "takes no request on a connection that has one (FCGI_CANT_MPX_CONN)"
        case .overloaded: "is overloaded (FCGI_OVERLOADED)"
        case .unknownRole: "is no FastCGI responder (FCGI_UNKNOWN_ROLE)"
        }
    }
}
