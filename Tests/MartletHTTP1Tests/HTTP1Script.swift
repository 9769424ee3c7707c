import HTTPTypes
import MartletGateway
import MartletHTTP1
import NIOCore

/// A conversation with an ``HTTP1Machine``, step by step, and what it says to each.
///
/// A step is what happens, and what comes of it as text: `GET / -> request GET /`.
struct HTTP1Script: ~Copyable {
    enum Step {
        /// The client sends this.
        case send(String)
        /// The client ends its direction.
        case close
        /// The reader of the body waits.
        case wantBody
        /// The body came too slowly.
        case breakBody
        /// The application answers with so many bytes, or with an unknown number.
        case answer(Int?, status: Int = 200, headers: [(String, String)] = [])
        /// It writes so many bytes of its body.
        case write(Int)
        /// It has written everything.
        case end
        /// The connection leaves HTTP.
        case upgrade
        /// The server is stopping.
        case stop
    }

    private var machine: HTTP1Machine
    private var input = ByteBuffer()
    private var log: [String] = []

    static func run(_ steps: [Step], bodyBytes: Int = 100, unreadBytes: Int = 10) -> [String] {
        var script = HTTP1Script(bodyBytes: bodyBytes, unreadBytes: unreadBytes)
        for step in steps { script.take(step) }
        return script.log
    }

    private init(bodyBytes: Int, unreadBytes: Int) {
        machine = HTTP1Machine(limits: HeadLimits(), bodyBytes: bodyBytes, unreadBytes: unreadBytes)
    }

    private mutating func take(_ step: Step) {
        switch step {
        case .send(let text):
            input.writeString(text)
            receive()
        case .close:
            machine.inputClosed()
            receive()
        case .wantBody:
            if machine.bodyIsWanted() { log.append("100 continue") }
        case .breakBody:
            machine.breakBody()
        case .answer(let length, let status, let fields):
            answer(status, fields, length.map { .known($0) } ?? .unknown)
        case .write(let count):
            do { try machine.countBody(count) } catch { log.append("\(error)") }
        case .end:
            end()
        case .upgrade:
            log.append(machine.canLeaveHTTP ? "left HTTP" : "cannot leave HTTP")
            guard machine.canLeaveHTTP else { return }
            machine.leaveHTTP()
            receive()
        case .stop:
            machine.isEnding = true
        }
    }

    private mutating func answer(_ status: Int, _ fields: [(String, String)], _ body: ResponseFraming.Body) {
        var headers = Headers()
        for (name, value) in fields { headers.append(name, value) }
        let hasInput = input.readableBytes > 0
        let framing = machine.beginAnswer(status: status, headers: headers, body: body, hasInput: hasInput)
        let delimiting =
            switch framing.delimiting {
            case .none: "no body"
            case .length(let length): "\(length) bytes"
            case .chunked: "chunks"
            case .untilClose: "until the end"
            }
        log.append("\(status), \(delimiting), \(framing.keepsAlive ? "stays" : "closes")")
    }

    private mutating func end() {
        if machine.missingBytes > 0 { log.append("\(machine.missingBytes) bytes missing") }
        switch machine.next(hasInput: input.readableBytes > 0) {
        case .request: log.append("next")
        case .discard: log.append("discard")
        case .close: log.append(machine.mayBeReceiving ? "close, lingering" : "close")
        }
        receive()
    }

    private mutating func receive() {
        let head = RequestHead()
        while true {
            switch machine.receive(&input, into: head) {
            case .needsMore: return
            case .headBegun: log.append("head begins")
            case .request(_, let body):
                log.append("\(head.string(head.method)) \(head.string(head.target))\(Self.text(body))")
            case .data(let bytes): log.append("data \(String(buffer: bytes))")
            case .bodyEnd: log.append("body ends")
            case .discarded: log.append("discarded")
            case .nextRequest: log.append("next")
            case .fault(let fault):
                log.append("fault \(fault.status.code)")
                if machine.isReadingHead { machine.refuse(isHead: false) } else { machine.refuse() }
                if machine.writing == .head, machine.isReadingNothing { return }
            case .close:
                log.append("close")
                return
            }
        }
    }

    private static func text(_ body: HTTP1Body) -> String {
        switch body {
        case .none: ""
        case .whole(let bytes): " with \"\(String(buffer: bytes))\""
        case .open(let length, let first):
            " with \(length.map(String.init) ?? "unknown") bytes, first \"\(String(buffer: first))\""
        }
    }
}

extension HTTP1Machine {
    fileprivate var isReadingNothing: Bool {
        switch reading {
        case .whole, .broken, .ended: true
        case .head, .body, .discarding, .raw: false
        }
    }
}
