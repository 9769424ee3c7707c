import NIOCore
import Testing

@testable import MartletProxy

/// Who gets a request, as tables.
@Suite struct UpstreamMachineTests {
    static func machine(_ weights: [Int], _ change: (inout UpstreamMachine.Rules) -> Void = { _ in }) -> UpstreamMachine
    {
        var rules = UpstreamMachine.Rules()
        change(&rules)
        return UpstreamMachine(weights.enumerated().map { ($1, StableHash.of("upstream \($0)".utf8)) }, rules: rules)
    }

    static func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(1000 + seconds) }

    /// The choices of so many requests that are answered at once.
    static func turns(_ machine: inout UpstreamMachine, _ count: Int, at second: Int64 = 0, key: UInt64? = nil) -> [Int]
    {
        (0..<count).compactMap { _ in
            guard case .upstream(let chosen) = machine.choose(now: at(second), key: key) else { return nil }
            machine.ended(chosen, .answered, now: at(second))
            return chosen
        }
    }

    @Test func inTurn() {
        var machine = Self.machine([1, 1, 1])
        #expect(Self.turns(&machine, 7) == [0, 1, 2, 0, 1, 2, 0])
    }

    @Test func inTurnByWeightAndSmoothly() {
        var machine = Self.machine([5, 1, 1])
        #expect(Self.turns(&machine, 7) == [0, 0, 1, 0, 2, 0, 0])
    }

    @Test func theOneWithTheFewestRequests() {
        var machine = Self.machine([1, 2]) { $0.balance = .leastConnections }
        let choices = (0..<6).map { _ in machine.choose(now: Self.at(0)) }
        #expect(choices.count { $0 == .upstream(1) } == 4)
        machine.ended(0, .answered, now: Self.at(0))
        #expect(machine.choose(now: Self.at(0)) == .upstream(0))
    }

    @Test func aBackupGetsWhatTheOthersCannotHave() {
        var rules = UpstreamMachine.Rules()
        rules.maximumRequests = 1
        let identities = (0..<3).map { (weight: 1, identity: StableHash.of("upstream \($0)".utf8)) }
        var machine = UpstreamMachine(identities, backups: [0], rules: rules)
        let begun = (0..<4).map { _ in machine.choose(now: Self.at(0)) }
        #expect(begun == [.upstream(1), .upstream(2), .upstream(0), .refused(.busy)])
        for upstream in 0..<3 { machine.ended(upstream, .answered, now: Self.at(0)) }
        #expect(machine.choose(now: Self.at(0), sticky: identities[0].identity) == .upstream(2))
        #expect(machine.choose(now: Self.at(0), tried: [1, 2]) == .upstream(0))
    }

    @Test func theSameForTheSameKey() {
        var machine = Self.machine([1, 1, 1, 1]) { $0.balance = .hash(.path) }
        let keys = (0..<400).map { StableHash.of("/\($0)".utf8) }
        let before = keys.map { Self.turns(&machine, 1, key: $0)[0] }
        #expect(keys.map { Self.turns(&machine, 1, key: $0)[0] } == before)
        for upstream in 0..<4 { #expect((60...140).contains(before.count { $0 == upstream })) }
        // One is gone: only what it had goes elsewhere.
        for _ in 0..<3 { _ = machine.checked(2, isHealthy: false, now: Self.at(1)) }
        let after = keys.map { Self.turns(&machine, 1, at: 1, key: $0)[0] }
        for (former, latter) in zip(before, after) {
            if former == 2 { #expect(latter != 2) } else { #expect(latter == former) }
        }
    }

    @Test func theOneOfTheSession() {
        var machine = Self.machine([1, 1])
        let second = machine.upstreams[1].identity
        for _ in 0..<3 { #expect(machine.choose(now: Self.at(0), sticky: second) == .upstream(1)) }
        #expect(machine.choose(now: Self.at(0), sticky: 12345) == .upstream(0))
        #expect(machine.choose(now: Self.at(0), sticky: second, tried: [1]) == .upstream(0))
    }

    @Test func failuresInARowTakeItOutForAWhile() {
        var machine = Self.machine([1, 1]) { $0.maximumFailures = 2 }
        for _ in 0..<2 {
            #expect(machine.choose(now: Self.at(0), tried: [1]) == .upstream(0))
            machine.ended(0, .failed, now: Self.at(0))
        }
        #expect(Self.turns(&machine, 4, at: 9) == [1, 1, 1, 1])
        // One request tries, and no other meanwhile.
        #expect(machine.choose(now: Self.at(10), tried: [1]) == .upstream(0))
        #expect(machine.choose(now: Self.at(10), tried: [1]) == .refused(.down))
        machine.ended(0, .failed, now: Self.at(10))
        #expect(Self.turns(&machine, 2, at: 19) == [1, 1])
        #expect(machine.choose(now: Self.at(20), tried: [1]) == .upstream(0))
        machine.ended(0, .answered, now: Self.at(20))
        #expect(machine.upstreams[0].health == .up)
        #expect(Set(Self.turns(&machine, 4, at: 20)) == [0, 1])
    }

    @Test func anAnswerBetweenFailuresBeginsAnew() {
        var machine = Self.machine([1, 1]) { $0.maximumFailures = 2 }
        for outcome in [UpstreamMachine.Outcome.failed, .answered, .failed, .unknown] {
            #expect(machine.choose(now: Self.at(0), tried: [1]) == .upstream(0))
            machine.ended(0, outcome, now: Self.at(0))
        }
        #expect(machine.upstreams[0].health == .up)
    }

    @Test func failuresThatAreFarApartDoNotCount() {
        var machine = Self.machine([1, 1]) { $0.maximumFailures = 2 }
        for second: Int64 in [0, 11, 22] {
            _ = machine.choose(now: Self.at(second), tried: [1])
            machine.ended(0, .failed, now: Self.at(second))
        }
        #expect(machine.upstreams[0].health == .up)
    }

    @Test func theOnlyOneIsNeverTakenOut() {
        var machine = Self.machine([1]) { $0.maximumFailures = 1 }
        for _ in 0..<5 {
            #expect(machine.choose(now: Self.at(0)) == .upstream(0))
            machine.ended(0, .failed, now: Self.at(0))
        }
    }

    @Test func oneThatTriedAndWasLeftIsTriedByTheNext() {
        var machine = Self.machine([1, 1]) { $0.maximumFailures = 1 }
        _ = machine.choose(now: Self.at(0), tried: [1])
        machine.ended(0, .failed, now: Self.at(0))
        #expect(machine.choose(now: Self.at(10), tried: [1]) == .upstream(0))
        machine.ended(0, .unknown, now: Self.at(10))
        #expect(machine.choose(now: Self.at(10), tried: [1]) == .upstream(0))
    }

    @Test func whoHasTriedAllIsTold() {
        var machine = Self.machine([1, 1])
        #expect(machine.choose(now: Self.at(0), tried: [0, 1]) == .refused(.tried))
    }

    @Test func whereAllAreBusySomeWait() {
        var machine = Self.machine([1]) {
            $0.maximumRequests = 1
            $0.queue = 1
        }
        #expect(machine.choose(now: Self.at(0)) == .upstream(0))
        #expect(machine.choose(now: Self.at(0)) == .wait)
        #expect(machine.choose(now: Self.at(0)) == .refused(.busy))
        #expect(machine.choose(now: Self.at(0), isWaiting: true) == .wait)
        machine.ended(0, .answered, now: Self.at(0))
        #expect(machine.choose(now: Self.at(0), isWaiting: true) == .upstream(0))
        #expect(machine.waiting == 0)
        #expect(machine.choose(now: Self.at(0)) == .wait)
        machine.stopWaiting()
        #expect(machine.waiting == 0)
    }

    @Test func checksTakeOutAndBringBack() {
        var machine = Self.machine([1, 1])
        #expect(machine.checked(0, isHealthy: false, now: Self.at(0)) == nil)
        #expect(machine.checked(0, isHealthy: true, now: Self.at(0)) == nil)
        #expect(machine.checked(0, isHealthy: false, now: Self.at(0)) == nil)
        #expect(machine.checked(0, isHealthy: false, now: Self.at(0)) == nil)
        #expect(machine.checked(0, isHealthy: false, now: Self.at(0)) == false)
        #expect(Self.turns(&machine, 2) == [1, 1])
        for _ in 0..<3 { _ = machine.checked(1, isHealthy: false, now: Self.at(0)) }
        #expect(machine.areAllDown(now: Self.at(0)))
        #expect(machine.choose(now: Self.at(0)) == .refused(.down))
        #expect(machine.checked(0, isHealthy: true, now: Self.at(1)) == nil)
        #expect(machine.checked(0, isHealthy: true, now: Self.at(1)) == true)
        #expect(Self.turns(&machine, 2) == [0, 0])
    }

    @Test func oneThatComesBackGetsLittleAtFirst() {
        var machine = Self.machine([1, 1]) { $0.slowStart = .seconds(10) }
        for _ in 0..<3 { _ = machine.checked(0, isHealthy: false, now: Self.at(0)) }
        for _ in 0..<2 { _ = machine.checked(0, isHealthy: true, now: Self.at(0)) }
        #expect(Self.turns(&machine, 110, at: 0).count { $0 == 0 } == 10)
        #expect(Self.turns(&machine, 150, at: 5).count { $0 == 0 } == 50)
        #expect(Self.turns(&machine, 100, at: 10).count { $0 == 0 } == 50)
    }
}
