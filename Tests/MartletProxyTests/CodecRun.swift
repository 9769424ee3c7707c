import HTTPTypes
import MartletGateway
import MartletHTTP1
import NIOCore

@testable import MartletProxy

/// A codec that is given the bytes of an upstream, and what it makes of them.
struct CodecRun {
    /// Each event as a text; data that follows each other is one.
    private(set) var said: [String] = []
    private(set) var sent = ByteBuffer()
    private(set) var isIdle = false
    private var isOver = false

    static func outgoing(
        _ target: String = "/app/x?q=1",
        route: String = "/app",
        base: String? = nil,
        method: String = "GET",
        fields: [(String, String)] = [("Host", "h.example:8000")]
    ) throws -> OutgoingRequest {
        let request = try PassedPathTests.request(target, route: route, method: method, fields: fields)
        var cache = OwnLinesCache()
        return try OutgoingRequest(
            request,
            base: base.map { Array($0.utf8) },
            PassingRules(ProxyConfiguration()),
            via: Via(),
            &cache
        )
    }

    /// - Parameters:
    ///   - announced: how long the body is said to be, if not as long as it is.
    ///   - piece: how many bytes arrive at once.
    ///   - ends: whether the upstream closes the connection behind them.
    init(
        _ codec: any UpstreamCodec,
        _ request: OutgoingRequest,
        body: String = "",
        announced: Int? = nil,
        input: [UInt8],
        piece: Int,
        ends: Bool
    ) throws {
        var output = ByteBuffer()
        let length = announced ?? body.utf8.count
        try codec.begin(request, framing: length == 0 ? .none : .length(length), into: &output)
        try codec.encode(ByteBuffer(string: body)) { output.writeImmutableBuffer($0) }
        let isWhole = codec.endBody(into: &output)
        if !isWhole { said.append("body is not whole") }
        sent = output
        var rest = input[...]
        var buffer = ByteBuffer()
        while !rest.isEmpty {
            buffer.writeBytes(rest.prefix(piece))
            rest = rest.dropFirst(piece)
            read(codec, &buffer)
        }
        if ends {
            codec.inputClosed()
            read(codec, &buffer)
        }
        isIdle = codec.isIdle
    }

    private mutating func read(_ codec: any UpstreamCodec, _ input: inout ByteBuffer) {
        // Whoever has a connection closes it then.
        while !isOver {
            switch codec.receive(&input) {
            case .needsMore: return
            case .informational(let status, _): said.append("informational \(status.code)")
            case .answer(let answer):
                let fields = answer.headers.pairs.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
                said.append("\(answer.status.code) \(answer.body) \(fields)")
            case .switched(let status, _): said.append("switched \(status.code)")
            case .localRedirect(let path): said.append("redirect \(path)")
            case .data(let bytes):
                let text = String(buffer: bytes)
                if said.last?.hasPrefix("data ") == true {
                    said[said.count - 1] += text
                } else {
                    said.append("data " + text)
                }
            case .end: said.append("end")
            case .message(let text): said.append("log \(text)")
            case .fault(let fault):
                said.append("fault \(fault)\(fault.isEnd ? " (end)" : "")")
                isOver = true
            case .closed:
                said.append("closed")
                isOver = true
            }
        }
    }
}
