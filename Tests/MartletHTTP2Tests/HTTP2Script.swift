import HTTPTypes
import MartletGateway
import MartletHTTP1
import NIOCore

@testable import MartletHTTP2

/// Plays what happens on a connection to a machine, and notes what it says and what it sends.
struct HTTP2Script {
    enum Step: Sendable {
        case send([UInt8])
        case get(UInt32, [(String, String)] = [])
        /// A request whose body follows.
        case post(UInt32, [(String, String)] = [])
        case webSocket(UInt32)
        case data(UInt32, Int, ends: Bool = false)
        case update(UInt32, Int)
        case settings([UInt8])
        case reset(UInt32)
        /// The application's answer: a length, or nil for one that is not known.
        case answer(UInt32, Int?, status: Int = 200)
        case write(UInt32, Int)
        case end(UInt32, trailer: Headers? = nil)
        case abort(UInt32)
        case wanted(UInt32)
        case used(UInt32, Int)
        case pump
        case tick(Int)
        case farewell
    }

    static let begin = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + Frames.make(.settings)

    /// - Parameter piece: how many bytes arrive at a time.
    static func play(_ steps: [Step], limits: HTTP2Limits = HTTP2Limits(bodyBytes: 1000, streams: 3), piece: Int = .max)
        -> [String]
    {
        var player = Player(limits: limits, piece: piece)
        player.send(begin)
        player.said = []
        for step in steps { player.play(step) }
        return player.said
    }

    struct Player: ~Copyable {
        var machine: HTTP2Machine
        var encoder = HTTP2ResponseEncoder()
        var input = ByteBuffer()
        var output = ByteBuffer()
        var said: [String] = []
        let piece: Int

        init(limits: HTTP2Limits, piece: Int) {
            machine = HTTP2Machine(limits: limits)
            self.piece = piece
        }

        mutating func play(_ step: Step) {
            switch step {
            case .send(let bytes): send(bytes)
            case .get(let id, let fields):
                send(Frames.make(.headers, [.endHeaders, .endStream], stream: id, Frames.block(fields)))
            case .post(let id, let fields):
                send(Frames.make(.headers, .endHeaders, stream: id, Frames.block("POST", fields)))
            case .webSocket(let id):
                let block = Frames.block("CONNECT", [(":protocol", "websocket")])
                send(Frames.make(.headers, .endHeaders, stream: id, block))
            case .data(let id, let count, let ends):
                send(Frames.make(.data, ends ? .endStream : [], stream: id, [UInt8](repeating: 0x61, count: count)))
            case .update(let id, let count): send(Frames.make(.windowUpdate, stream: id, Frames.word(count)))
            case .settings(let payload): send(Frames.make(.settings, payload))
            case .reset(let id): send(Frames.make(.reset, stream: id, Frames.word(8)))
            case .answer(let id, let length, let status):
                let body = length.map { $0 == 0 ? ResponseFraming.Body.empty : .known($0) } ?? .unknown
                _ = machine.streams.writeHead(
                    id,
                    status: status,
                    headers: Headers(),
                    body: body,
                    with: &encoder,
                    into: &output
                )
            case .write(let id, let count):
                do { try machine.streams.countBody(count, of: id) } catch { return said.append("\(error)") }
                machine.streams.write(ByteBuffer(repeating: 0x62, count: count), of: id, into: &output)
            case .end(let id, let trailer): machine.streams.end(id, trailer: trailer, into: &output)
            case .abort(let id): machine.streams.abort(id, into: &output)
            case .wanted(let id): machine.streams.bodyIsWanted(by: id, with: encoder, into: &output)
            case .used(let id, let count): machine.streams.used(count, by: id, into: &output)
            case .pump:
                while machine.streams.hasSendable { machine.streams.pump(into: &output, upTo: .max) }
            case .tick(let count):
                for _ in 0..<count {
                    for id in machine.streams.ticked(sending: 3, discarding: 2, into: &output) {
                        said.append("gave up \(id)")
                    }
                }
            case .farewell: machine.sayFarewell(into: &output)
            }
            machine.streams.clearFinished(into: &output)
            noteFrames()
        }

        mutating func send(_ bytes: [UInt8]) {
            var rest = bytes[...]
            while !rest.isEmpty {
                input.writeBytes(rest.prefix(piece))
                rest = rest.dropFirst(piece)
                receive()
            }
        }

        private mutating func receive() {
            while true {
                let head = RequestHead()
                let event = machine.receive(&input, into: head, &output)
                noteFrames()
                if case .needsMore = event { return }
                note(event, head)
                if case .close = event { return }
            }
        }

        private mutating func note(_ event: HTTP2Machine.Event, _ head: RequestHead) {
            switch event {
            case .needsMore: break
            case .request(let id, let message, let body):
                let kind = message.isWebSocket ? " (WebSocket)" : ""
                let request = "\(id): \(head.string(head.method)) \(head.string(head.target))\(kind)"
                switch body {
                case .none: said.append(request)
                case .whole(let bytes): said.append("\(request) with \(bytes.readableBytes)")
                case .open(let length, _): said.append("\(request) with \(length.map(String.init) ?? "unknown")")
                }
            case .refused(let id, let fault): said.append("\(id): \(fault.status.code)")
            case .data(let id, let bytes): said.append("\(id): data \(bytes.readableBytes)")
            case .bodyEnd(let id, let trailer):
                said.append("\(id): body ends" + (trailer.map { " \($0.pairs)" } ?? ""))
            case .fault(let id, let fault): said.append("\(id): fault \(fault.status.code)")
            case .lost(let id): said.append("\(id): lost")
            case .farewell: said.append("client leaves")
            case .heardFarewell:
                machine.refuseRequests(into: &output)
                noteFrames()
            case .close(let error): said.append("close: \(error)")
            }
        }

        private mutating func noteFrames() { said += Frames.read(&output).map { "→ \($0.description)" } }
    }
}

extension Frames {
    static func block(_ fields: [(String, String)]) -> [UInt8] { block("GET", fields) }
    static func block(_ method: String, _ fields: [(String, String)]) -> [UInt8] { block(method, path: "/", fields) }
    static func make(_ type: FrameType, _ payload: [UInt8]) -> [UInt8] { make(type, [], stream: 0, payload) }
}
