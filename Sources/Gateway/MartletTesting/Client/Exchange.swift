internal import HTTPTypes
internal import MartletGateway
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// One request and its answer in memory.
final class Exchange: Sendable {
    let client: TestClient
    let request: TestRequest
    let sequence: UInt64
    private let cancel = Mutex<(@Sendable () -> Void)?>(nil)

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
                    self.cancel.withLock { $0 = { task.cancel() } }
                }
            }
        } onCancel: {
            leave()
        }
    }

    func leave() {
        cancel.withLock { $0 }?()
    }

    func run() async throws -> TestResponse {
        let (rules, source) = await respond()
        let (pieces, ending) = try await send(rules.body, source)
        return TestResponse(
            status: rules.status,
            headers: rules.headers,
            pieces: pieces,
            ending: ending,
            title: "\(request.method) \(request.target)"
        )
    }

    func respond() async -> (ResponseRules, PieceSource?) {
        let (head, body, source) = request.message(on: client.connection.eventLoop)
        let message = Request(head: head, connection: client.connection, body: body, sequence: sequence)
        var response: Response
        do {
            response = try await client.application.respond(to: message)
        } catch {
            response = ResponseRules.response(to: error)
        }
        return (ResponseRules(response, to: request.method), source)
    }

    private func send(_ body: Response.Body, _ source: PieceSource?) async throws -> ([ByteBuffer], TestResponse.Ending)
    {
        switch body {
        case .empty, .upgrade:
            return ([], .complete)
        case .bytes(let bytes):
            guard bytes.readableBytes <= client.limit else { throw ResponseTooLarge(limit: client.limit) }
            return (bytes.readableBytes > 0 ? [bytes] : [], .complete)
        case .file(let file):
            guard file.length <= client.limit else { throw ResponseTooLarge(limit: client.limit) }
            let bytes = try await FileReader.read(file)
            let isWhole = bytes.readableBytes == file.length
            return (
                [bytes],
                isWhole ? .complete : .aborted(LengthMismatch(announced: file.length, written: bytes.readableBytes))
            )
        case .stream(let length, let write):
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
    }
}
