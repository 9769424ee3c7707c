/// Waits for something that may never end: a reader that does not read, a process that hangs.
package struct BoundedWait: Sendable {
    private let ends: AsyncStream<Void>
    private let end: AsyncStream<Void>.Continuation

    package init() {
        (ends, end) = AsyncStream.makeStream()
    }

    /// The wait is over after this time at the latest. The earliest of several counts.
    package func giveUp(after limit: Duration) {
        Task { [end] in
            try? await Task.sleep(for: limit)
            end.finish()
        }
    }

    /// Returns when `body` has ended, or when it was given up; then it goes on by itself.
    package func wait(for body: @escaping @Sendable () async -> Void) async {
        Task { [end] in
            await body()
            end.finish()
        }
        for await _ in ends {}
    }
}
