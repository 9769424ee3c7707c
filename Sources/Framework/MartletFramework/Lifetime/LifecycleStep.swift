/// What an app does when it starts and ends, in order of registration.
enum LifecycleStep: Sendable {
    case start(SourceLocation, @Sendable () async throws -> Void)
    case stop(SourceLocation, @Sendable () async throws -> Void)
    case background(BackgroundService)
}

/// A hook did not let the app start.
public struct StartFailure: Error, CustomStringConvertible {
    let location: SourceLocation
    /// What it threw.
    public let cause: any Error

    public var description: String { "The onStart of \(location) failed: \(cause)" }
}
