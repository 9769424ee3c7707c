public import MartletGateway
internal import Synchronization

/// The request that is being answered, for helpers that are called from far below the handler. It is Flask's `request` and `session`, and
/// has to be asked for: `app.providesCurrent()`.
///
///     func author() throws -> String { try Current.session["user", as: String.self] ?? "somebody" }
///
/// It follows the task: in child tasks and `Task { }` it is the same, in `Task.detached { }`, in background tasks, in middleware and in the body
/// of a streamed answer there is none. Where a parameter will do, pass the request.
public enum Current {
    @TaskLocal static var context: CurrentContext?

    /// The request, with what hooks before the handler have left in its storage.
    ///
    /// - Throws: ``NoCurrentRequest``, which says why there may be none.
    public static var request: Request {
        get throws {
            guard let context else { throw NoCurrentRequest(isProvided: wasAskedFor.load(ordering: .relaxed)) }
            return context.request
        }
    }

    /// The session of the request.
    ///
    /// - Throws: ``NoCurrentRequest``.
    public static var session: RequestSession { get throws { try request.session } }

    /// Whether any app of this process provides it, for the error's text.
    static let wasAskedFor = Atomic(false)
}

/// The request of a task, which hooks change on its way to the handler.
final class CurrentContext: Sendable {
    private let state: Mutex<Request>

    init(_ request: Request) { state = Mutex(request) }

    var request: Request { state.withLock { $0 } }

    func update(_ request: Request) { state.withLock { $0 = request } }
}

/// `Current` was asked where no request is being answered.
public struct NoCurrentRequest: Error, Equatable, CustomStringConvertible {
    let isProvided: Bool

    public var description: String {
        guard isProvided else {
            return """
                There is no current request: no app of this program provides one.

                Current is off unless an app asks for it. Write app.providesCurrent() where the app is set up, or pass the request to \
                this function as a parameter.
                """
        }
        return """
            There is no current request: this code runs outside of one.

            Current follows the task that answers a request. There is none when the program starts, in app.background { }, in \
            Task.detached { }, on a thread of your own, and in the body of a streamed answer, which is written after the handler has \
            returned. Take what is needed from the request before, and pass it on as a value. In a test, send a request with TestClient.
            """
    }
}

extension App {
    /// Makes the request that is being answered known as ``Current``. It costs a few allocations with each request.
    public func providesCurrent(file: StaticString = #fileID, line: UInt = #line) {
        Current.wasAskedFor.store(true, ordering: .relaxed)
        registry.change(SourceLocation(file: file, line: line)) { $0.hooks.providesCurrent = true }
    }
}
