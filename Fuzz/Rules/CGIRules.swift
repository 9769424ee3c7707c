import Logging
import MartletCGI
import MartletGateway
import MartletHTTP1
import NIOCore
import NIOPosix

/// What holds for all bytes of a peer that speaks uwsgi or SCGI:
///
/// 1. However they are cut, the same request is read, or the same fault.
/// 2. Variables that were read are read again when they are written down.
/// 3. A request that was accepted has a path that begins with a slash, and a mount that ends where a segment does; as variables
///    for an upstream it is the same request again.
/// 4. No more waits to be read than the largest head has.
enum CGIRules {
    static func check(_ bytes: [UInt8], over carrier: CGIProtocol) throws {
        let whole = try CGIConversation.of([bytes[...]], over: carrier)
        for pieces in Cuts.all(bytes) {
            let other = try CGIConversation.of(pieces, over: carrier)
            try BrokenRule.unless(other.outcome, is: whole.outcome, "the request depends on where it is cut")
            try BrokenRule.unless(other.body, is: whole.body, "the body depends on where it is cut")
        }
        if let variables = whole.variables { try checkWritten(variables, over: carrier) }
        if let request = whole.request { try checkAgain(request) }
    }

    private static func checkWritten(_ variables: CGIVariables, over carrier: CGIProtocol) throws {
        var output = ByteBuffer()
        if carrier == .uwsgi {
            try UWSGIPacket.write(variables, into: &output)
        } else {
            try SCGIHeaders.write(variables, into: &output)
        }
        let limits = variables.limits
        let again =
            carrier == .uwsgi
            ? try UWSGIPacket.read(&output, limits: limits) : try SCGIHeaders.read(&output, limits: limits)
        try BrokenRule.unless(again.map(texts), is: texts(variables), "variables are not read as they were written")
    }

    private static func texts(_ variables: CGIVariables) -> [[UInt8]] {
        var texts: [[UInt8]] = []
        variables.forEach { texts += [Array($0), Array($1)] }
        return texts
    }

    private static func checkAgain(_ first: Request) throws {
        let path = first.head.slice(first.head.path)
        try BrokenRule.unless(first.head.isForServer || path.first == UInt8(ascii: "/"), "a path without a slash")
        let rest = first.pathBytes
        try BrokenRule.unless(rest.isEmpty || rest.first == UInt8(ascii: "/"), "a mount ends within a segment")
        try BrokenRule.unless(first.mountBytes.last != UInt8(ascii: "/"), "a mount ends with a slash")
        guard let variables = try? CGIVariables(of: first, .init(length: nil)) else { return }
        let head = RequestHead()
        let reader = CGIRequestReader(
            limits: HeadLimits(headBytes: 65_535, fields: 1000, targetBytes: 65_535),
            over: .uwsgi
        )
        let said: CGIRequest
        // What was written down with its encoding may be longer than a head.
        do { said = try reader.read(variables, into: head) } catch .http(.headTooLarge) { return }
        let second = CGIConversation.request(head, said)
        try BrokenRule.unless(parts(second), is: parts(first), "a request is not the same as variables")
    }

    private static func parts(_ request: Request) -> [String] {
        let head = request.head
        return [
            head.string(head.method), head.string(head.target), request.mountPath, request.path, request.query,
            request.authority ?? "",
        ]
    }
}

/// A machine whose application takes the whole body of its one request.
private struct CGIConversation {
    private(set) var outcome = "nothing"
    private(set) var body: [UInt8] = []
    private(set) var variables: CGIVariables?
    private(set) var request: Request?
    private var machine: OneRequestMachine
    private var input = ByteBuffer()

    static func of(_ pieces: [ArraySlice<UInt8>], over carrier: CGIProtocol) throws -> CGIConversation {
        var conversation = CGIConversation(machine: OneRequestMachine(carrier, limits: CGIVariables.Limits()))
        for piece in pieces {
            conversation.input.writeBytes(piece)
            try conversation.receive()
        }
        conversation.machine.inputClosed()
        try conversation.receive()
        return conversation
    }

    private init(machine: OneRequestMachine) { self.machine = machine }

    private mutating func receive() throws {
        while true {
            var replies = ByteBuffer()
            switch machine.receive(&input, replies: &replies) {
            case .needsMore:
                return try BrokenRule.unless(input.readableBytes <= 70_000, "\(input.readableBytes) bytes wait")
            case .request: take()
            case .data(let bytes): body += bytes.readableBytesView
            case .bodyEnd: outcome += ", whole"
            case .bodyFault: outcome += ", cut short"
            case .fault(let fault):
                outcome = "fault \(fault)"
                machine.refuse(fault)
            case .begun, .discarded, .aborted: continue
            case .close: return
            }
        }
    }

    private mutating func take() {
        variables = machine.variables
        let head = RequestHead()
        do throws(CGIFault) {
            let said = try CGIRequestReader(limits: HeadLimits(), over: machine.carrier).read(
                machine.variables,
                into: head
            )
            outcome = "request \(said)"
            request = Self.request(head, said)
            switch machine.takeBody(said.length, limit: .max, &input) {
            case .none: break
            case .whole(let bytes):
                body = Array(bytes.readableBytesView)
                outcome += ", whole"
            case .open(_, let first): body = Array(first.readableBytesView)
            }
        } catch {
            outcome = "fault \(error)"
            machine.refuse(error)
        }
    }

    static func request(_ head: RequestHead, _ said: CGIRequest) -> Request {
        Request(head: head, connection: connection, body: .none, sequence: 1).mounted(length: said.mountLength)
    }

    private static let connection = ConnectionInfo(
        remoteAddress: nil,
        localAddress: nil,
        eventLoop: MultiThreadedEventLoopGroup.singleton.any(),
        number: 1,
        logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }
    )
}

extension Seeds {
    /// What real servers have sent, `Tests/Corpus/cgi`, over a protocol that they may not have used.
    static func variables(over carrier: CGIProtocol) -> [[UInt8]] {
        files("cgi", ".txt").flatMap {
            $0.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).split { $0.isEmpty }
        }
        .compactMap { block in
            var variables = CGIVariables()
            var pairs = block.dropFirst().compactMap { line in
                line.firstIndex(of: UInt8(ascii: "=")).map { (Array(line[..<$0]), Array(line[($0 + 1)...])) }
            }
            if carrier == .scgi {
                let length = (Array("CONTENT_LENGTH".utf8), Array("7".utf8))
                pairs = [length] + pairs.filter { $0.0 != length.0 } + [(Array("SCGI".utf8), Array("1".utf8))]
            }
            for (name, value) in pairs {
                name.withUnsafeBytes { name in
                    value.withUnsafeBytes { try? variables.append(name: name, value: $0) }
                }
            }
            var output = ByteBuffer()
            if carrier == .uwsgi {
                try? UWSGIPacket.write(variables, into: &output)
            } else {
                try? SCGIHeaders.write(variables, into: &output)
            }
            output.writeString("hello=1")
            return Array(output.readableBytesView)
        }
    }
}
