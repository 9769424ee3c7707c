internal import CMartletWorker
internal import Glibc
internal import NIOCore

/// The memory that the server shares with the workers of one application, as the server sees it: it trusts nothing in it.
/// See the rules in martlet_shared.h.
final class SharedMemory: @unchecked Sendable {
    let descriptor: CInt
    let base: UnsafeMutableRawPointer
    let layout: martlet_layout

    /// - Parameter workers: the number of seats; each has two places.
    init(lanes: Int, workers: Int) throws {
        layout = martlet_layout_make(UInt32(lanes), UInt32(workers * 2))
        descriptor = martlet_memory_create(layout.size)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "memfd_create") }
        let mapped = mmap(nil, layout.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, descriptor, 0)
        guard let mapped, mapped != MAP_FAILED else {
            let error = errno
            close(descriptor)
            throw IOError(errnoCode: error, reason: "mmap of the memory shared with the workers")
        }
        base = mapped
    }

    deinit {
        munmap(base, layout.size)
        close(descriptor)
    }

    var queue: UnsafeMutablePointer<martlet_queue> { martlet_queue_of(base) }

    func slot(_ index: UInt32) -> UnsafeMutablePointer<martlet_slot> {
        withUnsafePointer(to: layout) { martlet_slot_at(base, $0, index) }
    }

    func lane(_ index: Int) -> UnsafeMutablePointer<martlet_lane> {
        withUnsafePointer(to: layout) { martlet_lane_at(base, $0, UInt32(index)) }
    }

    func worker(_ index: Int) -> UnsafeMutablePointer<martlet_worker> {
        withUnsafePointer(to: layout) { martlet_worker_at(base, $0, UInt32(index)) }
    }

    /// The record of a worker that is not there.
    func clearWorker(_ index: Int) {
        UnsafeMutableRawPointer(worker(index))
            .initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<martlet_worker>.size)
    }

    func setEntry(_ position: UInt64, _ value: UInt64) {
        withUnsafePointer(to: layout) { martlet_store64(martlet_entry_at(base, $0, position), value) }
    }

    func entry(_ position: UInt64) -> UInt64 {
        withUnsafePointer(to: layout) { martlet_load64(martlet_entry_at(base, $0, position)) }
    }

    func headArea(_ slot: UInt32) -> UnsafeMutableRawPointer {
        base + layout.head_offset + Int(slot) * MARTLET_HEAD_CAPACITY
    }

    func requestRing(_ slot: UInt32) -> UnsafeMutableRawPointer {
        base + layout.request_offset + Int(slot) * MARTLET_REQUEST_CAPACITY
    }

    func responseRing(_ slot: UInt32) -> UnsafeMutableRawPointer {
        base + layout.response_offset + Int(slot) * MARTLET_RESPONSE_CAPACITY
    }
}
