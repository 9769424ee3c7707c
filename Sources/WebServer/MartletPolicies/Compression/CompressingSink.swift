import MartletGateway
import NIOCore
import Synchronization

/// Compresses what an application writes, each block on its way at once.
final class CompressingSink: BodySink {
    private struct State {
        let encoder: LentEncoder
        var count = 0
    }

    private let writer: BodyWriter
    /// How long the body was to be, if somebody said so.
    private let announced: Int?
    private let state: Mutex<State>

    init(_ encoder: LentEncoder, announced: Int?, _ writer: BodyWriter) {
        state = Mutex(State(encoder: encoder))
        self.announced = announced
        self.writer = writer
    }

    func write(_ bytes: ByteBuffer) async throws {
        if bytes.readableBytes <= CompressionThreads.piece { return try await writer.write(try encode(bytes, .flush)) }
        var rest = bytes
        while let piece = rest.readSlice(length: min(rest.readableBytes, CompressionThreads.piece)),
            piece.readableBytes > 0
        {
            let step: EncoderStep = rest.readableBytes == 0 ? .flush : .more
            try await writer.write(try await CompressionThreads.run { try self.encode(piece, step) })
        }
    }

    func observeStop(_ tell: @escaping @Sendable () -> Void) { writer.observeStop(tell) }

    /// Ends the body, unless it is shorter than it was to be: who reads it could not tell.
    func finish() async throws {
        let count = state.withLock { $0.count }
        if let announced, count != announced { throw AnnouncementBroken(announced: announced, written: count) }
        try await writer.write(try encode(ByteBuffer(), .finish))
    }

    private func encode(_ bytes: ByteBuffer, _ step: EncoderStep) throws -> ByteBuffer {
        try state.withLock { state in
            state.count += bytes.readableBytes
            if let announced, state.count > announced {
                throw AnnouncementBroken(announced: announced, written: state.count)
            }
            var output = ByteBuffer()
            try state.encoder.encode(bytes, step, into: &output)
            return output
        }
    }
}

/// Without compression the server would notice it.
private struct AnnouncementBroken: BrokenAnswer {
    let announced: Int
    let written: Int

    var description: String {
        "The application announced a body of \(announced) bytes but wrote \(written); the connection is closed."
    }
}
