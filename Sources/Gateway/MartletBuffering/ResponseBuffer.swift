package import NIOCore

/// What a client has yet to take of an answer that is made while it is sent.
///
/// It does nothing by itself: it is given bytes and asked for them, and says what is to be done with a file.
///
/// The rules:
///
/// 1. Bytes leave in the order in which they came: those in memory, those in the file, those that wait for the file.
/// 2. Memory is enough for most answers (``memoryLimit``). What is more goes into a file, and from there back into memory when that
///    is empty. A file that has been read to its end is let go of.
/// 3. There is one piece of work with the file at a time.
/// 4. Where a file cannot be had or is full, whoever makes the answer waits for the client. What has been written and cannot be read
///    again is an error that ends the answer.
package struct ResponseBuffer {
    package enum Work: Sendable {
        /// In a new file where there is none. Then ``stored(_:)``.
        case store(ByteBuffer, in: SpoolFile?)
        /// Then ``loaded(_:)``.
        case load(SpoolFile, offset: Int, count: Int)
    }

    /// Of one answer. nginx keeps 32 KB to 256 KB (`proxy_buffers`) before it uses a file, and has no worker that waits meanwhile.
    package static let memoryLimit = 1 << 20
    /// Bytes that may wait for the file.
    private static let lateLimit = 262_144
    private static let loadBytes = 262_144
    private static let smallPiece = 16_384

    private let limit: Int
    private var memory = Pieces()
    private var file: SpoolFile?
    private var fileOffset = 0
    private var unreadFileBytes = 0
    private var late = Pieces()
    /// Bytes that are being written to the file.
    private var stored = 0
    private var isBusy = false
    /// Why the file is no longer used.
    package private(set) var storeError: SpoolError?
    /// Why the rest of the answer is lost.
    package private(set) var loadError: SpoolError?

    /// - Parameter limit: how large the file may become.
    package init(limit: Int) {
        self.limit = limit
    }

    package var count: Int { memory.count + unreadFileBytes + stored + late.count }
    package var isEmpty: Bool { count == 0 }
    package var memoryBytes: Int { memory.count + stored + late.count }

    /// Whether whoever makes the answer may go on with it.
    package var hasRoom: Bool {
        if storeError != nil { return memory.count + late.count < Self.memoryLimit }
        return late.count < Self.lateLimit && !isFileFull
    }

    /// Bytes that were read make no room in a file; it is full until it has been read to its end.
    private var isFileFull: Bool { (file?.length ?? 0) >= limit }

    package mutating func append(_ bytes: ByteBuffer) {
        if unreadFileBytes == 0, stored == 0, late.count == 0, memory.count < min(Self.memoryLimit, limit) {
            memory.append(bytes)
        } else {
            late.append(bytes)
        }
    }

    /// What the client can be sent now; nil where there is nothing, or it has to be loaded first.
    package mutating func next() -> ByteBuffer? {
        if memory.count == 0, unreadFileBytes == 0, stored == 0 { swap(&memory, &late) }
        return memory.popFirst()
    }

    /// What is to be done with the file, if anything. It is done when that is told.
    package mutating func work() -> Work? {
        guard !isBusy, loadError == nil else { return nil }
        if memory.count < Self.loadBytes, unreadFileBytes > 0, let file {
            isBusy = true
            return .load(file, offset: fileOffset, count: min(Self.loadBytes, unreadFileBytes))
        }
        guard late.count > 0, storeError == nil, !isFileFull else { return nil }
        isBusy = true
        let bytes = late.takeAll()
        stored = bytes.readableBytes
        return .store(bytes, in: file)
    }

    package mutating func stored(_ result: Result<SpoolFile, SpoolError>, _ bytes: ByteBuffer) {
        isBusy = false
        stored = 0
        switch result {
        case .success(let file):
            self.file = file
            unreadFileBytes += bytes.readableBytes
        case .failure(let error):
            storeError = error
            late.prepend(bytes)
        }
    }

    package mutating func loaded(_ result: Result<ByteBuffer, SpoolError>) {
        isBusy = false
        switch result {
        case .success(let bytes):
            fileOffset += bytes.readableBytes
            unreadFileBytes -= bytes.readableBytes
            memory.append(bytes)
            guard unreadFileBytes <= 0 else { return }
            (file, fileOffset, unreadFileBytes) = (nil, 0, 0)
        case .failure(let error):
            loadError = error
        }
    }

    /// Pieces in their order. Small ones are put together: each would keep a buffer of its own.
    private struct Pieces {
        private var pieces = CircularBuffer<ByteBuffer>()
        private(set) var count = 0

        mutating func append(_ bytes: ByteBuffer) {
            count += bytes.readableBytes
            if let last = pieces.indices.last,
                pieces[last].readableBytes + bytes.readableBytes <= ResponseBuffer.smallPiece
            {
                pieces[last].writeImmutableBuffer(bytes)
            } else {
                pieces.append(bytes)
            }
        }

        mutating func prepend(_ bytes: ByteBuffer) {
            count += bytes.readableBytes
            pieces.prepend(bytes)
        }

        mutating func popFirst() -> ByteBuffer? {
            guard let first = pieces.popFirst() else { return nil }
            count -= first.readableBytes
            return first
        }

        mutating func takeAll() -> ByteBuffer {
            var all = ByteBufferAllocator().buffer(capacity: count)
            while let piece = popFirst() { all.writeImmutableBuffer(piece) }
            return all
        }
    }
}
