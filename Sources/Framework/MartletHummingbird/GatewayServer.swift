#if Hummingbird
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import MartletGateway
internal import NIOCore
internal import Synchronization

/// Calls an application as a server does.
final class GatewayServer: Sendable {
    private let application: any MartletGateway.Application
    private let executors: [LoopExecutor]
    private let count = Atomic<UInt64>(0)

    init(_ application: some MartletGateway.Application, group: any EventLoopGroup) {
        self.application = application
        executors = group.makeIterator().map { LoopExecutor.of($0) ?? LoopExecutor($0) }
        for executor in executors { executor.register() }
    }

    func respond(
        to given: Hummingbird.Request,
        caller: Caller,
        mountLength: Int = 0
    ) async throws -> Hummingbird.Response {
        guard let head = RequestHead(given.head) else {
            let refusal = MartletGateway.Response.refusal(.requestHeaderFieldsTooLarge, "The head is too large.")
            return Self.response(ResponseRules(refusal, to: .get), body: Self.body(refusal.body))
        }
        let number = count.add(1, ordering: .relaxed).newValue
        guard !executors.isEmpty else { throw HTTPError(.internalServerError) }
        let executor = executors[Int(number % UInt64(executors.count))]
        let connection = ConnectionInfo(
            remoteAddress: caller.remoteAddress,
            localAddress: nil,
            scheme: given.head.scheme ?? "http",
            eventLoop: executor.loop,
            number: number,
            logger: caller.logger
        )
        let length = given.headers[.contentLength].flatMap { Int($0) }
        // Over HTTP/2 a body needs neither field.
        let mayHaveBody = given.method != .get && given.method != .head
        let hasBody = length.map { $0 > 0 } ?? (mayHaveBody || given.headers[.transferEncoding] != nil)
        let (body, pump) = BodyPump.stream(of: given.body, length: length)
        let request = MartletGateway.Request(
            head: head,
            connection: connection,
            body: hasBody ? body : .none,
            sequence: 1
        ).mounted(length: mountLength)
        var response: MartletGateway.Response
        do {
            response = try await answer(request, on: executor)
        } catch let error where !(error is CancellationError) {
            if !(error is any ResponseError) { request.logger.error("\(error)") }
            response = ResponseRules.response(to: error)
        }
        response = Self.answering(response, to: head)
        if case .upgrade = response.body {
            response = .refusal(.notImplemented, "This server does not let connections leave HTTP.")
        }
        let rules = ResponseRules(response, to: given.method)
        if rules.hasBody, case .stream(let length, let write) = rules.body {
            return Self.response(rules, body: .stream(length: length, on: executor, pump: pump, write))
        }
        pump.end()
        if !rules.hasBody { await Self.discard(rules.body) }
        return Self.response(rules, body: rules.hasBody ? Self.body(rules.body) : nil)
    }

    /// What comes of the conditions and the range of a request for a file. For several ranges the whole is sent (RFC 9110 section
    /// 14.2).
    private static func answering(_ response: MartletGateway.Response, to head: RequestHead) -> MartletGateway.Response
    {
        guard case .file(let file) = response.body, response.status.code == 200,
            let validators = Validators(response.headers), let conditions = Preconditions(head)
        else { return response }
        return response.answering(conditions.outcome(validators, size: file.length), size: file.length) ?? response
    }

    /// On a loop, and there again after each suspension.
    private func answer(_ request: MartletGateway.Request, on executor: LoopExecutor) async throws
        -> MartletGateway.Response
    {
        try await withTaskExecutorPreference(executor) { try await self.application.respond(to: request) }
    }

    /// If no body may follow, a streamed one is still run, in a cancelled task, so that it can release its resources.
    private static func discard(_ body: MartletGateway.Response.Body) async {
        guard case .stream(_, let write) = body else { return }
        let task = Task { try await write(BodyWriter(ClosedSink())) }
        task.cancel()
        _ = await task.result
    }

    private static func body(_ body: MartletGateway.Response.Body) -> ResponseBody? {
        switch body {
        case .bytes(let bytes): ResponseBody(byteBuffer: bytes)
        case .file(let file): .file(file)
        case .empty, .stream, .upgrade: nil
        }
    }

    private static func response(_ rules: ResponseRules, body: ResponseBody?) -> Hummingbird.Response {
        var response = Hummingbird.Response(
            status: rules.status,
            headers: HTTPFields(rules.headers),
            body: body ?? ResponseBody()
        )
        // It adds the length of an empty body, which is not for answers that never have one. To HEAD it stays, if nothing better is
        // known: without a length the server below would end the answer as a chunked body, which the client would take for the next.
        if rules.headers.announcedLength == nil, [204, 304].contains(rules.status.code) {
            response.headers[.contentLength] = nil
        }
        return response
    }
}

/// Accepts nothing.
private final class ClosedSink: BodySink {
    func write(_ bytes: ByteBuffer) async throws { throw CancellationError() }
}

extension RequestHead {
    /// Nil if it is too large for a head.
    fileprivate convenience init?(_ head: HTTPRequest) {
        var fields = head.headerFields.map { ($0.name.rawName, $0.value) }
        if let authority = head.authority, !fields.contains(where: { $0.0.lowercased() == "host" }) {
            fields.insert(("Host", authority), at: 0)
        }
        let target = head.path ?? "/"
        let size = fields.reduce(head.method.rawValue.utf8.count + target.utf8.count) {
            $0 + $1.0.utf8.count + $1.1.utf8.count
        }
        guard size <= Self.maximumSize else { return nil }
        self.init(method: head.method.rawValue, target: target, fields: fields)
    }
}
#endif
