import Synchronization

@testable import MartletACME

/// A clock that jumps ahead when somebody sleeps, up to a limit: who sleeps beyond it sleeps until the task ends.
final class TestClock: Sendable {
    private struct State {
        var now = 1_800_000_000
        var limit = 1_800_000_000
    }

    private let state = Mutex(State())

    var now: Int { state.withLock(\.now) }

    /// Lets this many seconds pass, as fast as somebody sleeps them.
    func allow(_ seconds: Int) { state.withLock { $0.limit += seconds } }

    var clock: ACMEClock {
        ACMEClock(
            now: { self.now },
            sleep: { seconds in
                while !self.pass(seconds) { try await Task.sleep(for: .milliseconds(2)) }
                try Task.checkCancellation()
                await Task.yield()
            }
        )
    }

    private func pass(_ seconds: Int) -> Bool {
        state.withLock { state in
            guard state.now + seconds <= state.limit else { return false }
            state.now += seconds
            return true
        }
    }
}
