public import MartletGateway
internal import Synchronization

extension Request {
    /// The pattern of the route that answers, with all prefixes: `/users/<int:id>`, or the path of a mount. Nil where none does. Of all
    /// names for what a request is for, this is the one that logs, metrics and traces can be counted by.
    ///
    /// Middleware of the app is called before routes are looked at, and knows it behind `next`.
    public var route: String? { place?.pattern ?? storage[FoundRoute.Key.self]?.pattern }
}

/// Tells middleware of an app, which has the request as it was, what has answered it: a route of the app, or of one that is mounted in
/// it.
final class FoundRoute: Sendable {
    enum Key: RequestStorage.Key {
        typealias Value = FoundRoute
    }

    private let mountPath: String
    private let found = Mutex<String?>(nil)

    init(for request: Request) { mountPath = request.mountPath }

    var pattern: String? { found.withLock { $0 } }

    /// The innermost app that finds a route is the last to say so.
    func note(_ request: Request) {
        guard let pattern = request.place?.pattern else { return }
        let inner = request.mountPath.dropFirst(mountPath.count)
        found.withLock { $0 = inner + pattern }
    }
}
