internal import MartletGateway
internal import NIOCore
internal import Synchronization

/// Watches a streamed body: how often it is run, what it writes, and whether it stops when it should.
final class StreamLint: Sendable {
    private struct State {
        var runs = 0
        var written = 0
        var isOver = false
        var isGone = false
    }

    private let state = Mutex(State())
    private let length: Int?
    private let hasBody: Bool
    private let found: @Sendable (LintViolation) throws -> Void

    init(length: Int?, hasBody: Bool, found: @escaping @Sendable (LintViolation) throws -> Void) {
        self.length = length
        self.hasBody = hasBody
        self.found = found
    }

    func run(_ writer: BodyWriter, _ body: @Sendable (BodyWriter) async throws -> Void) async throws {
        let runs = state.withLock { state in
            state.runs += 1
            state.isOver = false
            return state.runs
        }
        if runs > 1 { try server(4, "it ran a streamed body \(runs) times.") }
        defer { state.withLock { $0.isOver = true } }
        try await body(BodyWriter(Sink(lint: self, writer: writer)))
        let written = state.withLock { $0.written }
        if hasBody, let length, written < length {
            try application(4, "it announced a body of \(length) bytes and wrote \(written).")
        }
    }

    private func write(_ bytes: ByteBuffer, to writer: BodyWriter) async throws {
        let (written, isOver, isGone) = state.withLock { state in
            state.written += bytes.readableBytes
            return (state.written, state.isOver, state.isGone)
        }
        if isOver { try application(4, "it wrote to a streamed body after that had ended.") }
        if isGone { try application(3, "it went on writing after the client had gone away.") }
        if let length, written > length {
            try application(4, "it announced a body of \(length) bytes and wrote \(written).")
        }
        do {
            try await writer.write(bytes)
            if !hasBody { try server(4, "it took a body for an answer that has none (HEAD, 204, 205, 304).") }
        } catch let error as ClientDisconnected {
            state.withLock { $0.isGone = true }
            throw error
        }
    }

    private func server(_ rule: Int, _ sentence: String) throws {
        try found(LintViolation(side: .server, rule: rule, sentence: sentence))
    }

    private func application(_ rule: Int, _ sentence: String) throws {
        try found(LintViolation(side: .application, rule: rule, sentence: sentence))
    }

    private final class Sink: BodySink {
        let lint: StreamLint
        let writer: BodyWriter

        init(lint: StreamLint, writer: BodyWriter) {
            self.lint = lint
            self.writer = writer
        }

        func write(_ bytes: ByteBuffer) async throws { try await lint.write(bytes, to: writer) }
        func observeStop(_ tell: @escaping @Sendable () -> Void) { writer.observeStop(tell) }
    }
}
