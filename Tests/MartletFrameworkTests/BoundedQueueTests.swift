import Testing

@testable import MartletFramework

@Suite(.timeLimit(.minutes(1))) struct BoundedQueueTests {
    @Test("In order, and to the end")
    func order() async {
        let queue = BoundedQueue<Int>(limit: 10)
        #expect(queue.put(1, weight: 1))
        #expect(queue.put(2, weight: 1))
        queue.end(with: 3, weight: 1)
        #expect(!queue.put(4, weight: 1))
        var taken: [Int] = []
        while let element = await queue.take() { taken.append(element) }
        #expect(taken == [1, 2, 3])
        #expect(await queue.take() == nil)
    }

    @Test("Who puts something into a full queue waits until there is room")
    func room() async {
        let queue = BoundedQueue<Int>(limit: 2)
        #expect(queue.put(1, weight: 2))
        #expect(!queue.put(2, weight: 1, onlyWithRoom: true))
        async let waited: Void = queue.room()
        #expect(await queue.take() == 1)
        await waited
        #expect(queue.put(3, weight: 1, onlyWithRoom: true))
        #expect(queue.poll() == 3)
        #expect(queue.poll() == nil)
    }

    @Test("The end and a cancellation let everybody go")
    func ends() async {
        let queue = BoundedQueue<Int>(limit: 1)
        _ = queue.put(1, weight: 1)
        let waiting = Task { await queue.room() }
        let cancelled = Task { await queue.room() }
        cancelled.cancel()
        await cancelled.value
        queue.end()
        await waiting.value
        let other = BoundedQueue<Int>(limit: 1)
        let taking = Task { await other.take() }
        taking.cancel()
        #expect(await taking.value == nil)
        let last = Task { await other.take() }
        other.end()
        #expect(await last.value == nil)
    }

    @Test("Many put, one takes, nothing is lost")
    func many() async {
        let queue = BoundedQueue<Int>(limit: 16)
        let sum = await withTaskGroup(of: Int.self) { group in
            for start in 0..<4 {
                group.addTask {
                    for number in 0..<500 {
                        _ = queue.put(start * 500 + number, weight: 1)
                        await queue.room()
                    }
                    return 0
                }
            }
            group.addTask {
                var sum = 0
                for _ in 0..<2000 { sum += await queue.take() ?? 0 }
                return sum
            }
            return await group.reduce(0, +)
        }
        #expect(sum == (0..<2000).reduce(0, +))
    }
}
