import MartletServer
import Testing

@Suite struct LogSampleTests {
    @Test(
        "About the share is taken",
        arguments: [(0.0, 0...0), (1, 100_000...100_000), (0.1, 9_500...10_500), (0.5, 49_000...51_000)]
    )
    func share(_ share: Double, _ expected: ClosedRange<Int>) {
        var sample = LogSample(share, seed: 42)
        #expect(expected.contains((0..<100_000).count { _ in sample.takesNext() }))
    }
}
