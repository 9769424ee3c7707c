internal import HTTPTypes
internal import MartletGateway
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// One request and its answer in memory.
final class TestExchange: Sendable {
    let client: TestClient
    let request: TestRequest
    let sequence: UInt64
    private struct State {
        var cancel: (@Sendable () -> Void)?
        var hasLeft = false
    }

    private let state = Mutex(State())

    init(client: TestClient, request: TestRequest, sequence: UInt64) {
        self.client = client
        self.request = request
        self.sequence = sequence
    }

    /// Runs work as servers run applications: at once on the loop, and there again after each suspension.
    func onLoop<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                client.connection.eventLoop.execute {
                    let task = Task.immediate(executorPreference: self.client.executor) {
                        let result: Result<Value, any Error>
                        do { result = .success(try await work()) } catch { result = .failure(error) }
                        continuation.resume(with: result)
                    }
                    let hasLeft = self.state.withLock { state in
                        state.cancel = { task.cancel() }
                        return state.hasLeft
                    }
                    if hasLeft { task.cancel() }
                }
            }
        } onCancel: {
            leave()
        }
    }

    /// The client goes away.
    func leave() {
        let cancel = state.withLock { state in
            state.hasLeft = true
            return state.cancel
        }
        cancel?()
    }

    func run() async throws -> TestResponse {
        let (rules, source) = await respond()
        let (pieces, ending) = try await send(rules, source)
        return TestResponse(
            status: rules.status,
            headers: rules.headers,
            pieces: pieces,
            ending: ending,
            title: "\(request.method) \(request.target)"
        )
    }

    /// - Parameter wantsUpgrade: whether the request may leave HTTP.
    func respond(wantsUpgrade: Bool = false) async -> (ResponseRules, PieceSource?) {
        let (head, body, source) = request.message(on: client.connection.eventLoop)
        let message = Request(
            head: head,
            connection: client.connection,
            body: body,
            sequence: sequence,
            wantsUpgrade: wantsUpgrade
        )
        var response: Response
        do {
            response = try await client.application.respond(to: message)
        } catch {
            response = ResponseRules.response(to: error)
        }
        response = await FileReader.answering(response, to: head)
        return (ResponseRules(response, to: request.method), source)
    }

    private func send(_ rules: ResponseRules, _ source: PieceSource?) async throws -> Sent {
        guard rules.hasBody else {
            await discard(rules.body)
            return ([], .complete)
        }
        switch rules.body {
        case .empty, .upgrade:
            return ([], .complete)
        case .bytes(let bytes):
            guard bytes.readableBytes <= client.limit else { throw ResponseTooLarge(limit: client.limit) }
            return (bytes.readableBytes > 0 ? [bytes] : [], .complete)
        case .file(let file):
            guard file.length <= client.limit else { throw ResponseTooLarge(limit: client.limit) }
            let bytes = try await FileReader.read(file)
            guard bytes.readableBytes == file.length else {
                return ([bytes], .aborted(LengthMismatch(announced: file.length, written: bytes.readableBytes)))
            }
            return ([bytes], .complete)
        case .stream(let length, let write):
            return try await stream(length, source, write)
        }
    }

    private typealias Sent = ([ByteBuffer], TestResponse.Ending)

    private func stream(
        _ length: Int?,
        _ source: PieceSource?,
        _ write: @Sendable (BodyWriter) async throws -> Void
    ) async throws -> Sent {
        let sink = CollectingSink(
            length: length,
            limit: client.limit,
            disconnectsAfter: request.disconnectsAfter,
            onDisconnect: {
                source?.disconnect()
                self.leave()
            }
        )
        var failure: (any Error)?
        do { try await write(BodyWriter(sink)) } catch { failure = error }
        let (pieces, isGone, fault) = sink.finish()
        if let tooLarge = fault as? ResponseTooLarge { throw tooLarge }
        if isGone { return (pieces, .disconnected) }
        if let error = fault ?? failure { return (pieces, .aborted(error)) }
        return (pieces, .complete)
    }

    /// If no body may follow, a streamed one is still run, in a cancelled task, so that it can release its resources.
    private func discard(_ body: Response.Body) async {
        guard case .stream(_, let write) = body else { return }
        withUnsafeCurrentTask { $0?.cancel() }
        try? await write(BodyWriter(ClosedSink()))
    }
}

/// Accepts nothing.
private final class ClosedSink: BodySink {
    func write(_ bytes: ByteBuffer) async throws { throw CancellationError() }
}
