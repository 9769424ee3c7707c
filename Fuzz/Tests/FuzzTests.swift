import Foundation
import Testing

/// The rules of `Fuzz/Rules`, for the corpora and for what becomes of them by chance that is the same in every run.
/// `make fuzz` looks for more with libFuzzer.
@Suite struct FuzzTests {
    /// How many mutations of each target: MARTLET_FUZZ_ROUNDS, or what takes a few seconds in a debug build.
    static let rounds = ProcessInfo.processInfo.environment["MARTLET_FUZZ_ROUNDS"].flatMap(Int.init)
    static let few = [
        "configuration": 300, "fields": 3000, "forms": 4000, "http1": 4000, "http2": 4000, "import": 2000,
        "templates": 4000,
    ]

    /// One target at a time, on a thread of its own: other tests have deadlines, and need those of the concurrency.
    @Test(.serialized, arguments: FuzzTarget.all)
    func rulesHoldForTheCorpusAndItsMutations(target: FuzzTarget) async throws {
        #expect(target.corpus().count >= 3)
        let faults = await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: Self.faults(of: target)) }
        }
        for fault in faults { Issue.record("\(fault)") }
    }

    private static func faults(of target: FuzzTarget) -> [String] {
        let corpus = target.corpus()
        var mutator = Mutator(corpus: corpus)
        let rounds = rounds ?? few[target.name] ?? 10_000
        return corpus.compactMap { fault(of: target, $0) }
            + (0..<rounds).compactMap { _ in fault(of: target, mutator.next()) }
    }

    private static func fault(of target: FuzzTarget, _ bytes: [UInt8]) -> String? {
        do {
            try target.check(bytes)
            return nil
        } catch {
            return "\(error)\n\(target.name) with \(Data(bytes).base64EncodedString()) in base64"
        }
    }
}

extension FuzzTarget: CustomTestStringConvertible {
    package var testDescription: String { name }
}
