internal import MartletBuffering
internal import MartletGateway
internal import NIOCore

/// Takes one request's body in, before its application is called: up to a limit in memory, and more in a temporary file.
///
/// It does nothing by itself: it is told what has happened and says what is to be done, so that whoever gives it the bytes may be
/// a task or a callback. One thing is asked for at a time, and nothing is told meanwhile.
struct BodyIntake {
    enum Step: Sendable {
        /// The next bytes are wanted: ``take(_:)``, ``end()`` or ``fail(_:)``.
        case more
        /// These are to be stored, in a new file where there is none (``SpoolFile/store(_:in:isLast:whenDone:)``), and then
        /// ``stored(_:)``.
        case store(ByteBuffer, in: SpoolFile?, isLast: Bool)
        case whole(TakenBody)
        case failed(any Error)
    }

    /// As much as the ring to the worker holds. nginx: `client_body_buffer_size 16k`.
    static let memoryLimit = 65_536

    /// How much comes, where the client has said so: what comes last then need not wait for the end.
    private let length: Int?
    private var received = 0
    private var memory = ByteBuffer()
    private var file: SpoolFile?

    init(length: Int? = nil) {
        self.length = length
    }

    mutating func take(_ chunk: ByteBuffer) -> Step {
        // Copied, for a piece keeps all of what was received with it.
        memory.writeImmutableBuffer(chunk)
        received += chunk.readableBytes
        if memory.readableBytes > Self.memoryLimit { return store(isLast: received == length) }
        return received == length ? end() : .more
    }

    /// The body is complete.
    mutating func end() -> Step {
        file == nil ? .whole(.bytes(memory)) : store(isLast: true)
    }

    /// The rest will not come.
    func fail(_ error: any Error) -> Step {
        .failed(error is ClientDisconnected ? IncompleteBody() : error)
    }

    private mutating func store(isLast: Bool) -> Step {
        defer { memory = ByteBuffer() }
        return .store(memory, in: file, isLast: isLast)
    }

    mutating func stored(_ result: Result<SpoolFile.Stored, SpoolError>) -> Step {
        switch result {
        case .success(.open(let file)):
            self.file = file
            return .more
        case .success(.whole(let file)): return .whole(.file(file))
        case .failure(let error): return .failed(error)
        }
    }
}
