internal import CMartletWorker
internal import Glibc

/// The shared memory, mapped.
struct Region {
    let base: UnsafeMutableRawPointer
    let layout: martlet_layout

    init?(descriptor: Int32, lanes: UInt32, workers: UInt32) {
        layout = martlet_layout_make(lanes, workers)
        guard
            let base = mmap(nil, layout.size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            base != MAP_FAILED
        else { return nil }
        self.base = base
    }

    var queue: UnsafeMutablePointer<martlet_queue> { martlet_queue_of(base) }

    func slot(_ index: UInt32) -> UnsafeMutablePointer<martlet_slot> {
        withUnsafePointer(to: layout) { martlet_slot_at(base, $0, index) }
    }

    func lane(_ index: UInt32) -> UnsafeMutablePointer<martlet_lane> {
        withUnsafePointer(to: layout) { martlet_lane_at(base, $0, index) }
    }

    func worker(_ index: UInt32) -> UnsafeMutablePointer<martlet_worker> {
        withUnsafePointer(to: layout) { martlet_worker_at(base, $0, index) }
    }

    func entry(_ position: UInt64) -> UInt64 {
        withUnsafePointer(to: layout) { martlet_load64(martlet_entry_at(base, $0, position)) }
    }

    func headArea(_ slot: UInt32) -> UnsafeMutablePointer<UInt8> {
        area(layout.head_offset, slot, MARTLET_HEAD_CAPACITY)
    }

    func requestRing(_ slot: UInt32) -> SharedRing {
        SharedRing(
            base: area(layout.request_offset, slot, MARTLET_REQUEST_CAPACITY),
            capacity: MARTLET_REQUEST_CAPACITY
        )
    }

    func responseRing(_ slot: UInt32) -> SharedRing {
        SharedRing(
            base: area(layout.response_offset, slot, MARTLET_RESPONSE_CAPACITY),
            capacity: MARTLET_RESPONSE_CAPACITY
        )
    }

    private func area(_ offset: Int, _ slot: UInt32, _ capacity: Int) -> UnsafeMutablePointer<UInt8> {
        (base + offset + Int(slot) * capacity).assumingMemoryBound(to: UInt8.self)
    }
}
