internal import Logging

/// Calls the stop hooks, the last one first, and waits for all of them no longer than the grace.
struct LifetimeEnding: Sendable {
    let grace: Duration
    let logger: Logger

    func stop(_ steps: ArraySlice<LifecycleStep>) async {
        let end = ContinuousClock.now + grace
        for case .stop(let location, let hook) in steps.reversed() {
            let logger = logger
            let isDone = await Self.wait(until: end) {
                do { try await hook() } catch { logger.error("The onStop of \(location) failed: \(error)") }
            }
            if !isDone {
                logger.error("The onStop of \(location) is not waited for any longer than the grace of \(grace).")
            }
        }
    }

    /// Whether something ended in time. It is cancelled, and left alone, if not.
    private static func wait(until end: ContinuousClock.Instant, _ body: @escaping @Sendable () async -> Void) async
        -> Bool
    {
        let (ends, ended) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingOldest(1))
        let work = Task {
            await body()
            ended.yield(true)
        }
        let clock = Task {
            try? await Task.sleep(until: end)
            ended.yield(false)
        }
        defer {
            work.cancel()
            clock.cancel()
        }
        for await isDone in ends { return isDone }
        return false
    }
}
