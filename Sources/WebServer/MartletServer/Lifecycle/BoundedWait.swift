/// Waits with a limit for something that may never end: a reader that does not read, a process that hangs.
package struct BoundedWait: Sendable {
    private let ends: AsyncStream<Void>
    private let end: AsyncStream<Void>.Continuation

    package init() {
        (ends, end) = AsyncStream.makeStream()
    }

    /// Ends the wait after this time at the latest. The earliest of several limits counts.
    package func giveUp(after limit: Duration) {
        Task { [end] in
            try? await Task.sleep(for: limit)
            end.finish()
        }
    }

    /// Returns when `body` has ended or the limit is reached; then `body` continues by itself.
    package func wait(for body: @escaping @Sendable () async -> Void) async {
        Task { [end] in
            await body()
            end.finish()
        }
        for await _ in ends {}
    }
}
