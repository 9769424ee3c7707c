import Dispatch
import MartletServer
import Testing

@Suite struct BlockingWorkTests {
    /// A stop has to go on whatever hangs.
    @Test func workThatNeverEndsKeepsNoTaskFromRunning() async throws {
        let gate = DispatchSemaphore(value: 0)
        let hanging = (0..<16).map { number in Task { await BlockingWork("\(number)").run { gate.wait() } } }
        for _ in 0..<16 { await Task.detached { await Task.yield() }.value }
        for _ in hanging { gate.signal() }
        for task in hanging { await task.value }
    }

    @Test func itPassesOnWhatIsReturnedAndThrown() async throws {
        struct Failure: Error {}
        let work = BlockingWork("test")
        #expect(try await work.run { () throws -> Int in 5 } == 5)
        await #expect(throws: Failure.self) { try await work.run { () throws -> Int in throw Failure() } }
    }
}
