import Glibc

/// The time, and waiting for it.
struct ACMEClock: Sendable {
    /// Seconds since 1970.
    let now: @Sendable () -> Int
    /// - Throws: when the task is cancelled.
    let sleep: @Sendable (_ seconds: Int) async throws -> Void

    static let system = ACMEClock(
        now: { Glibc.time(nil) },
        sleep: { try await Task.sleep(for: .seconds($0)) }
    )

    /// Waits until nobody else has a lock.
    ///
    /// - Parameter isNeeded: asked after each wait; with false, nobody needs the lock any more.
    func lock(
        _ name: String,
        in folder: StateFolder,
        while isNeeded: () async -> Bool = { true }
    ) async throws -> FileLock? {
        while true {
            if let lock = try FileLock.take(name, in: folder) { return lock }
            // As long as an order takes, at the most; others wait for theirs as well.
            try await sleep(1)
            guard await isNeeded() else { return nil }
        }
    }
}
