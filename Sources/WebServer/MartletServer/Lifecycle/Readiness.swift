import Synchronization

/// Whether a server wants new requests: what load balancers ask.
package final class Readiness: Sendable {
    private struct State {
        var isStopping = false
        var find: @Sendable () -> String? = { nil }
    }

    private let state = Mutex(State())

    /// Adds what else has to be there.
    ///
    /// - Parameter find: says what is missing; nil if nothing is. Called on event loops, so it must not wait.
    package func require(_ find: @escaping @Sendable () -> String?) { state.withLock { $0.find = find } }

    func stop() { state.withLock { $0.isStopping = true } }

    /// Why new requests should go elsewhere; nil if they are welcome.
    package var problem: String? {
        let (isStopping, find) = state.withLock { ($0.isStopping, $0.find) }
        return isStopping ? "the server is stopping" : find()
    }
}
