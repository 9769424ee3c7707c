import HTTPTypes
import MartletGateway
import MartletHTTP1
import NIOCore

@testable import MartletHTTP2

/// Plays what happens on a connection to an upstream, and notes what the machine says and what it sends.
struct HTTP2ClientScript {
    enum Step: Sendable {
        /// What comes from the upstream.
        case send([UInt8])
        case settings([UInt8])
        case answer(UInt32, _ status: Int = 200, [(String, String)] = [], ends: Bool = false)
        case trailer(UInt32, [(String, String)])
        case data(UInt32, Int, ends: Bool = false)
        case update(UInt32, Int)
        case reset(UInt32, HTTP2Error)
        case goAway(last: UInt32, HTTP2Error = .none)
        // What we do.
        case get
        case head
        case post(Int?, mayHaveTrailer: Bool = false)
        case write(UInt32, Int)
        case end(UInt32, trailer: Headers? = nil)
        case cancel(UInt32)
        case used(UInt32, Int)
        case pump
    }

    /// - Parameter piece: how many bytes arrive at a time.
    static func play(_ steps: [Step], streams: Int = 3, settings: [UInt8]? = [], piece: Int = .max) -> [String] {
        var player = Player(streams: streams, piece: piece)
        player.machine.begin(into: &player.output)
        player.output.clear()
        if let settings { player.send(Frames.make(.settings, settings)) }
        player.said = []
        for step in steps { player.play(step) }
        return player.said
    }

    struct Player: ~Copyable {
        var machine: HTTP2ClientMachine
        var input = ByteBuffer()
        var output = ByteBuffer()
        var said: [String] = []
        let piece: Int

        init(streams: Int, piece: Int) {
            machine = HTTP2ClientMachine(head: HeadLimits(headBytes: 1000, fields: 10), streams: streams)
            self.piece = piece
        }

        mutating func play(_ step: Step) {
            switch step {
            case .send(let bytes): send(bytes)
            case .settings(let payload): send(Frames.make(.settings, payload))
            case .answer(let id, let status, let fields, let ends):
                let block = Frames.fields([(":status", "\(status)")] + fields)
                send(Frames.make(.headers, ends ? [.endHeaders, .endStream] : .endHeaders, stream: id, block))
            case .trailer(let id, let fields):
                send(Frames.make(.headers, [.endHeaders, .endStream], stream: id, Frames.fields(fields)))
            case .data(let id, let count, let ends):
                send(Frames.make(.data, ends ? .endStream : [], stream: id, [UInt8](repeating: 0x61, count: count)))
            case .update(let id, let count): send(Frames.make(.windowUpdate, stream: id, Frames.word(count)))
            case .reset(let id, let error): send(Frames.make(.reset, stream: id, Frames.word(Int(error.rawValue))))
            case .goAway(let last, let error):
                send(Frames.make(.goAway, Frames.word(Int(last)) + Frames.word(Int(error.rawValue))))
            case .get: open(.none)
            case .head: open(.none, isHead: true)
            case .post(let length, let mayHaveTrailer):
                open(length.map { .length($0) } ?? .chunked, mayHaveTrailer: mayHaveTrailer)
            case .write(let id, let count):
                do { try machine.streams.countBody(count, of: id) } catch { return said.append("\(error)") }
                machine.streams.write(ByteBuffer(repeating: 0x62, count: count), of: id, into: &output)
            case .end(let id, let trailer): machine.streams.end(id, trailer: trailer, into: &output)
            case .cancel(let id): machine.streams.cancel(id, .cancel, into: &output)
            case .used(let id, let count): machine.streams.used(count, by: id, into: &output)
            case .pump:
                while machine.streams.hasSendable { machine.streams.pump(into: &output, upTo: .max) }
            }
            noteFrames()
        }

        private mutating func open(_ framing: MessageFraming, isHead: Bool = false, mayHaveTrailer: Bool = false) {
            let id = machine.open(
                Frames.block(isHead ? "HEAD" : "GET"),
                framing: framing,
                isHead: isHead,
                mayHaveTrailer: mayHaveTrailer,
                into: &output
            )
            if id == nil { said.append("no room") }
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
                let event = machine.receive(&input, into: &output)
                noteFrames()
                switch event {
                case .needsMore: return
                case .ready: said.append("ready")
                case .informational(let id, let status, _): said.append("\(id): \(status.code) ahead")
                case .answer(let id, let head, let body):
                    let fields = head.headers.pairs.map { " \($0.name): \($0.value)" }.joined()
                    said.append("\(id): \(head.status.code)\(fields), \(body)")
                case .data(let id, let bytes): said.append("\(id): data \(bytes.readableBytes)")
                case .end(let id, let trailer):
                    said.append("\(id): end" + (trailer.map { " \($0.pairs.map { "\($0.name): \($0.value)" })" } ?? ""))
                case .lost(let id, let loss): said.append("\(id): \(loss)")
                case .farewell: said.append("farewell")
                case .close(let fault):
                    said.append("close: \(fault)")
                    return
                }
            }
        }

        private mutating func noteFrames() {
            said += Frames.read(&output).map { frame in
                frame.head.type == .headers
                    ? "→ HEADERS \(frame.head.stream)\(frame.head.flags.contains(.endStream) ? ", end" : "")"
                    : "→ \(frame.description)"
            }
        }
    }
}

extension Frames {
    static func fields(_ fields: [(String, String)]) -> [UInt8] {
        var block: [UInt8] = []
        for (name, value) in fields { FieldEncoder.append(name.utf8, value.utf8, to: &block) }
        return block
    }
}
