package import MartletGateway
import Synchronization

/// A target of the server that is mounted in a Swift application, which answers once the server has started it.
package final class MountedTarget: DirectApplication {
    let target: Target
    private let running = Mutex<EntryPoint?>(nil)

    init(_ target: Target) { self.target = target }

    package func respond(to request: Request) async throws -> Response { try await respondByBeginning(request) }

    package func begin(_ request: Request, for exchange: any Exchange) {
        guard let running = running.withLock({ $0 }) else { return exchange.fail(NotStarted(name: target.name)) }
        running.begin(request, for: exchange)
    }

    /// Has it answer, or no longer.
    func answer(by running: (any RunningTarget)?) { self.running.withLock { $0 = running.map { EntryPoint($0) } } }
}

/// A request came to a mounted target that no server has started.
package struct NotStarted: Error, CustomStringConvertible {
    let name: String

    package var description: String {
        "\(name) is mounted, but nobody has started it. App.run() does, and in tests App.withMounts { … }."
    }
}
