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

extension App {
    /// Makes the request that is being answered known as ``Current``. It costs a few allocations with each request.
    public func providesCurrent(file: StaticString = #fileID, line: UInt = #line) {
        Current.wasAskedFor.store(true, ordering: .relaxed)
        registry.change(SourceLocation(file: file, line: line)) { $0.hooks.providesCurrent = true }
    }
}
