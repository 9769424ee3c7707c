import MartletGateway
import NIOCore

/// An answer, or what comes out of a tunnel, between its upstream and its client: the upstream's side. Used on the loop.
final class AnswerStream: @unchecked Sendable {
    let bytes: BodyStream
    /// The fields behind the body.
    private(set) var trailer: Headers?

    /// Has the upstream read on when the client wants more.
    private final class Source: BodySource {
        private let call: ProxyCall

        init(_ call: ProxyCall) { self.call = call }

        func bodyIsWanted() { call.answerIsWanted() }
    }

    init(_ call: ProxyCall, length: Int?) { bytes = BodyStream(length: length, source: Source(call)) }

    /// - Returns: whether the upstream may be read on.
    func feed(_ chunk: ByteBuffer) -> Bool { bytes.feed(chunk) }

    func end(trailer: Headers?) {
        self.trailer = trailer
        bytes.finish()
    }

    func breakOff(_ error: any Error) { bytes.fail(error) }
}

/// The client's side of an ``AnswerStream``. It is held by the response alone: whoever leaves an answer unread, or drops it
/// without sending it, ends the request at the upstream.
final class AnswerReader: Sendable {
    private let stream: AnswerStream
    private let call: ProxyCall

    init(_ stream: AnswerStream, of call: ProxyCall) {
        self.stream = stream
        self.call = call
    }

    deinit { call.answerIsLeft() }

    func copy(to writer: BodyWriter) async throws {
        while let chunk = try await stream.bytes.next() { try await writer.write(chunk) }
        if let trailer = await call.proxy.onLoop({ self.stream.trailer }) { await writer.setTrailer(trailer) }
    }

    /// Carries bytes in both directions until the upstream ends, or either side is gone.
    func tunnel(_ client: UpgradedConnection) async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: call.proxy.executor) { [call] in
                do {
                    while let chunk = try await client.input.next() { try await Self.send(chunk, of: call) }
                    await call.proxy.onLoop { call.connection?.closeOutput() }
                } catch {
                    call.answerIsLeft()
                }
            }
            do {
                while let chunk = try await stream.bytes.next() { try await client.output.write(chunk) }
            } catch {}
            call.answerIsLeft()
            group.cancelAll()
        }
    }
    private static func send(_ bytes: ByteBuffer, of call: ProxyCall) async throws {
        guard let connection = await call.proxy.onLoop({ call.connection }) else {
            throw ChannelError.ioOnClosedChannel
        }
        try await connection.send(bytes)
        call.progressed()
    }
}
