import Dispatch

/// Runs what may wait for ever, such as a look at a disk that does not answer, on a thread of its own. Tasks share as many threads
/// as there are cores: while those wait, nothing else goes on, not even a stop.
package struct BlockingWork: Sendable {
    private let queue: DispatchQueue

    /// - Parameter name: of its thread. One piece of work follows the other.
    package init(_ name: String) { queue = DispatchQueue(label: "martlet.\(name)") }

    package func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result { try work() }) }
        }
    }

    package func run(_ work: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            queue.async {
                work()
                continuation.resume()
            }
        }
    }
}
