import CMartletWorker
import Testing

@testable import MartletWSGI

/// What a broken worker may leave in the queue, and that the requests in it are found all the same.
@Suite struct RequestQueueTests {
    let memory: SharedMemory
    let queue: RequestQueue

    init() throws {
        memory = try SharedMemory(lanes: 1, workers: 1)
        queue = RequestQueue(memory: memory, workers: 1, threads: 1)
    }

    private var capacity: UInt64 { memory.layout.queue_mask + 1 }

    /// Whether workers, which go from `head` to `tail`, come by the entry.
    private func isFound(_ entry: UInt64) -> Bool {
        let head = martlet_load64(&memory.queue.pointee.head)
        let tail = martlet_load64(&memory.queue.pointee.tail)
        return head < tail && (head..<min(tail, head + capacity)).contains { memory.entry($0) == entry }
    }

    @Test("nothing is put right where nothing is wrong")
    func intact() {
        let position = queue.push(7)
        #expect(queue.restore(7, at: position) == nil)
        #expect(isFound(7))
    }

    @Test("a head beyond the entry", arguments: [1, 2, 1 << 40, UInt64.max])
    func head(value: UInt64) {
        let position = queue.push(7)
        martlet_store64(&memory.queue.pointee.head, value)
        #expect(queue.restore(7, at: position) == position)
        #expect(isFound(7))
    }

    @Test("a tail before or far behind the entry", arguments: [0, 1 << 40, UInt64.max])
    func tail(value: UInt64) {
        _ = queue.push(6)
        let position = queue.push(7)
        martlet_store64(&memory.queue.pointee.tail, value)
        #expect(queue.restore(7, at: position) == position)
        #expect(isFound(7))
    }

    @Test("another entry in its place")
    func entry() {
        let position = queue.push(7)
        memory.setEntry(position, .max)
        #expect(queue.restore(7, at: position) == position)
        #expect(isFound(7))
    }

    /// Makes a slot's request one that waits, and gives its entry and its place.
    private func wait(_ slot: UInt64) -> UInt64 {
        martlet_store64(&memory.slot(UInt32(slot)).pointee.claim, UInt64(MARTLET_CLAIM_READY))
        return queue.push(slot)
    }

    private func takeBack(_ slot: UInt32) { martlet_store64(&memory.slot(slot).pointee.claim, 0) }

    @Test("requests that were taken back are passed over, up to the first that waits")
    func passed() {
        let places = (0..<4).map { wait($0) }
        takeBack(0)
        takeBack(1)
        takeBack(3)
        #expect(queue.hasPassed(places[1]))
        #expect(queue.hasPassed(places[0]))
        #expect(!queue.hasPassed(places[3]), "that of slot 2 waits before it")
        #expect(isFound(2))
        takeBack(2)
        #expect(queue.hasPassed(places[3]))
    }

    @Test("whatever a worker has made of the queue", arguments: [0, 1, 700, 1 << 40, UInt64.max])
    func passedInARuin(value: UInt64) {
        var last: UInt64 = 0
        for _ in 0..<3 * capacity { last = queue.push(.max) }
        martlet_store64(&memory.queue.pointee.head, value)
        #expect(queue.hasPassed(last))
    }

    @Test("an entry that was passed over a whole round ago")
    func rounds() {
        let position = queue.push(7)
        memory.setEntry(position, 0)
        for number in 0...capacity { _ = queue.push(100 + number) }
        let restored = queue.restore(7, at: position)
        #expect(restored.map { $0 > position } == true)
        martlet_store64(&memory.queue.pointee.head, position + 2)
        #expect(isFound(7))
    }
}
