import Logging
import MartletGateway
import NIOCore
import Synchronization

/// Tells of refused requests, at most every ten seconds, however many there are.
final class RefusalLog: Sendable {
    private struct State {
        var pauseEnd = NIODeadline.uptimeNanoseconds(0)
        var unsaid = 0
    }

    private let what: String
    private let state = Mutex(State())

    /// - Parameter what: what has been done to a request, after "was".
    init(_ what: String) { self.what = what }

    func note(_ request: Request, isDryRun: Bool) {
        let unsaid = state.withLock { state -> Int? in
            guard NIODeadline.now() >= state.pauseEnd else {
                state.unsaid += 1
                return nil
            }
            defer { state.unsaid = 0 }
            state.pauseEnd = .now() + .seconds(10)
            return state.unsaid
        }
        guard let unsaid else { return }
        let client = String(decoding: request.connection.texts.remoteAddress, as: UTF8.self)
        let who = client.isEmpty ? "a client on a Unix socket" : client
        let others = unsaid > 0 ? "; so were \(unsaid) others since the last line" : ""
        let verb = isDryRun ? "would have been" : "was"
        request.logger.notice("A request of \(who) \(verb) \(what)\(others).")
    }
}
