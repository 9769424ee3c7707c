internal import Logging
public import MartletGateway
public import MartletSessions
internal import Synchronization

/// The session of the request that is being answered: `request.session["user"] = 7`. What is changed in it is in its cookie, or in its
/// store, when the answer leaves; what is changed later, in a streamed body or a WebSocket, is kept nowhere, and the log says so.
public final class RequestSession: Sendable {
    private struct State {
        var session: Session
        var isUsed = false
        var isSaved = false
    }

    private let state: Mutex<State>
    private let logger: @Sendable () -> Logger

    init(_ session: Session, logger: @escaping @Sendable () -> Logger) {
        state = Mutex(State(session: session))
        self.logger = logger
    }

    /// A value; nil if there is none.
    public subscript(name: String) -> SessionValue? {
        get { change { $0[name] } }
        set { change { $0[name] = newValue } }
    }

    /// A value as a type; nil if there is none, or one of another type.
    public subscript<Value: SessionConvertible>(name: String, as type: Value.Type) -> Value? {
        get { change { $0[name, as: type] } }
        set { change { $0[name, as: type] = newValue } }
    }

    /// Reads and changes it in one step.
    @discardableResult
    public func change<Result>(_ body: (inout Session) throws -> Result) rethrows -> Result {
        try state.withLock { state in
            state.isUsed = true
            guard state.isSaved else { return try body(&state.session) }
            var changed = state.session
            defer {
                if changed != state.session {
                    logger().error(
                        "The session was changed after the head of its answer had left, which has its cookie. The change is lost: make it before the body is streamed, or the WebSocket is open."
                    )
                }
            }
            return try body(&changed)
        }
    }

    /// From now on changes come too late.
    func markSaved() { state.withLock { $0.isSaved = true } }

    /// Forgets everything, and the id of a stored one: at a logout.
    public func clear() { change { $0.clear() } }

    /// Keeps a message for the next page that shows messages.
    ///
    /// Of more than 20 that nobody has looked at, the oldest are forgotten; the log says so.
    public func flash(_ text: String, category: String = "message") {
        let forgotten = change { session in
            let waiting = session.flashes.count
            session.flash(text, category: category)
            return waiting + 1 - session.flashes.count
        }
        guard forgotten > 0 else { return }
        logger().warning(
            "20 messages of flash() wait already, and no page has shown them: the oldest is forgotten. Call takeFlashes() or get_flashed_messages() where they are to be seen."
        )
    }

    /// Takes the messages to show them.
    public func takeFlashes(_ categories: Set<String>? = nil) -> [Flash] { change { $0.takeFlashes(categories) } }

    /// The session, if anybody has asked for it.
    var used: Session? { state.withLock { $0.isUsed ? $0.session : nil } }

    /// What is in it, without a look that its answer would depend on.
    var names: [String] { state.withLock { $0.session.values.keys.sorted() } }

    enum Key: RequestStorage.Key { typealias Value = RequestSession }
}

extension Request {
    /// The session.
    ///
    /// Where the app has none, this one is empty, and forgotten; the log says so. ``App/sessions(_:protection:options:file:line:)`` turns them on.
    public var session: RequestSession {
        if let session = storage[RequestSession.Key.self] { return session }
        logger.error(
            "The app has no sessions. Write app.sessions(try KeyRing([secret])), with a secret from outside the sources: `openssl rand -base64 32` prints one."
        )
        return RequestSession(Session(), logger: { logger })
    }
}
