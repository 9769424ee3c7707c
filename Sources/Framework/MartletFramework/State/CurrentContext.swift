internal import MartletGateway
internal import Synchronization

/// The request of a task, which hooks change on its way to the handler.
final class CurrentContext: Sendable {
    private let state: Mutex<Request>

    init(_ request: Request) { state = Mutex(request) }

    var request: Request { state.withLock { $0 } }

    func update(_ request: Request) { state.withLock { $0 = request } }
}
