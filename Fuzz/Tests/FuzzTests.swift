import Foundation
import Testing

/// The rules of `Fuzz/Rules`, for the corpora and for what becomes of them by chance that is the same in every run.
/// `make fuzz` looks for more with libFuzzer.
@Suite struct FuzzTests {
    /// How many mutations of each target: MARTLET_FUZZ_ROUNDS, or what takes a few seconds in a debug build.
    static let rounds = ProcessInfo.processInfo.environment["MARTLET_FUZZ_ROUNDS"].flatMap(Int.init)
    static let few = ["configuration": 300, "http1": 4000, "http2": 4000]

    /// One target at a time, and other tests between: they wait for answers with deadlines.
    @Test(.serialized, arguments: FuzzTarget.all)
    func rulesHoldForTheCorpusAndItsMutations(target: FuzzTarget) async throws {
        let corpus = target.corpus()
        #expect(corpus.count >= 3)
        var mutator = Mutator(corpus: corpus)
        for bytes in corpus { check(target, bytes) }
        for round in 0..<(Self.rounds ?? Self.few[target.name] ?? 10_000) {
            check(target, mutator.next())
            if round % 20 == 0 { await Task.yield() }
        }
    }

    private func check(_ target: FuzzTarget, _ bytes: [UInt8]) {
        do {
            try target.check(bytes)
        } catch {
            Issue.record("\(error)\n\(target.name) with \(Data(bytes).base64EncodedString()) in base64")
        }
    }
}

extension FuzzTarget: CustomTestStringConvertible {
    package var testDescription: String { name }
}
