package import NIOCore

/// The part of a streamed answer that the client has not taken yet.
///
/// It does no input or output: its owner adds bytes and takes them out, and does the file work that it asks for.
///
/// The rules:
///
/// 1. Bytes leave in the order they came: first those in memory, then those in the file, then those waiting for the
///    file.
/// 2. Most answers fit into memory (``memoryLimit``). The rest goes into a file, and back into memory when that runs
///    empty. A file that has been read to its end is dropped.
/// 3. Only one file operation is in progress at a time.
/// 4. If a file cannot be made or is full, the writer waits for the client. If stored bytes cannot be read back, the
///    answer ends with an error.
package struct ResponseBuffer {
    package enum Work: Sendable {
        /// Append to the file, or to a new one if there is none; then call ``stored(_:_:)``.
        case store(ByteBuffer, in: SpoolFile?)
        /// Read from the file; then call ``loaded(_:)``.
        case load(SpoolFile, offset: Int, count: Int)
    }

    /// Per answer. waitress has the same (`outbuf_overflow`); nginx's `proxy_buffers` are 32 KB or 64 KB.
    package static let memoryLimit = 1 << 20
    /// How many bytes may wait for the file.
    private static let lateLimit = 262_144
    private static let loadBytes = 262_144
    private static let smallPiece = 16_384

    private let limit: Int
    /// How many bytes to hold in memory. A smaller one concerns what is still to come.
    package var memoryLimit = Self.memoryLimit
    private var memory = Pieces()
    private var file: SpoolFile?
    private var fileOffset = 0
    private var unreadFileBytes = 0
    private var late = Pieces()
    /// How many bytes are being written to the file.
    private var stored = 0
    private var isBusy = false
    /// Set when a write failed: the file is not written any more.
    package private(set) var storeError: SpoolError?
    /// Set when a read failed: the rest of the answer is lost.
    package private(set) var loadError: SpoolError?

    /// - Parameter limit: how large the file may become.
    package init(limit: Int) {
        self.limit = limit
    }

    package var count: Int { memory.count + unreadFileBytes + stored + late.count }
    package var isEmpty: Bool { count == 0 }
    package var memoryBytes: Int { memory.count + stored + late.count }

    /// Whether the writer may continue.
    package var hasRoom: Bool {
        if storeError != nil { return memory.count + late.count < memoryLimit }
        return late.count < min(Self.lateLimit, memoryLimit) && !isFileFull
    }

    /// Reading frees no room in the file: it stays full until it has been read to its end.
    private var isFileFull: Bool { (file?.length ?? 0) >= limit }

    package mutating func append(_ bytes: ByteBuffer) {
        if unreadFileBytes == 0, stored == 0, late.count == 0, memory.count < min(memoryLimit, limit) {
            memory.append(bytes)
        } else {
            late.append(bytes)
        }
    }

    /// The next bytes to send; nil if there are none, or they have to be loaded first.
    package mutating func next() -> ByteBuffer? {
        if memory.count == 0, unreadFileBytes == 0, stored == 0 { swap(&memory, &late) }
        return memory.popFirst()
    }

    /// The next file operation, if one is due. Report its result with ``stored(_:_:)`` or ``loaded(_:)``.
    package mutating func work() -> Work? {
        guard !isBusy, loadError == nil else { return nil }
        let loadBytes = min(Self.loadBytes, memoryLimit)
        if memory.count < loadBytes, unreadFileBytes > 0, let file {
            isBusy = true
            return .load(file, offset: fileOffset, count: min(loadBytes, unreadFileBytes))
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

    /// Pieces in order. Small ones are merged, since each would keep a whole buffer alive.
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
