import Glibc
import MartletBytes
import MartletFolders
import MartletGateway
import NIOCore

/// Makes ready what a file is answered with: its bytes or its descriptor, and its head.
struct FileLoader: Sendable {
    /// Up to this size the bytes are kept. `sendfile` costs more at 1 KB, 10 KB and 100 KB.
    static let keptBytes = 131_072

    let budget: CacheBudget

    /// - Throws: ``FileError``.
    func load(
        _ descriptor: OwnedDescriptor,
        _ facts: FileFacts,
        head: RepresentationHead,
        coding: ContentCoding?
    ) throws(FileError) -> Representation {
        let second = time(nil)
        var facts = facts
        if facts.size <= Self.keptBytes, let reservation = budget.bytes.reserve(facts.size) {
            // A file that changes while it is read is read again; the third time, its tag is a weak one.
            for attempt in 1...3 {
                let bytes = try read(descriptor, count: facts.size)
                let now = try FileFacts(of: descriptor)
                if let bytes, now == facts || attempt == 3 {
                    let isSettled = now == facts && facts.isSettled(at: second)
                    return Representation(
                        head.headers(facts, coding, isSettled: isSettled, at: second),
                        facts,
                        coding,
                        isSettled: isSettled,
                        content: .bytes(bytes, reservation)
                    )
                }
                facts = now
                guard facts.size <= Self.keptBytes else { break }
            }
        }
        let isSettled = facts.isSettled(at: second)
        // The beginning will be wanted at once: the loop should not wait for it.
        posix_fadvise(descriptor.number, 0, off_t(min(facts.size, 1 << 20)), CInt(POSIX_FADV_WILLNEED))
        return Representation(
            head.headers(facts, coding, isSettled: isSettled, at: second),
            facts,
            coding,
            isSettled: isSettled,
            content: .descriptor(descriptor, budget.descriptors.reserve(1))
        )
    }

    /// Nil if the file is shorter.
    private func read(_ descriptor: OwnedDescriptor, count: Int) throws(FileError) -> ByteBuffer? {
        var bytes = ByteBufferAllocator().buffer(capacity: count)
        while bytes.readableBytes < count {
            let place = bytes.readableBytes
            var result = 0
            bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: count - place) { memory in
                result = pread(descriptor.number, memory.baseAddress, min(count - place, memory.count), off_t(place))
                return max(0, result)
            }
            if result == 0 { return nil }
            if result < 0, errno != EINTR { throw FileError(number: errno) }
        }
        return bytes
    }
}
