internal import Glibc
internal import HTTPTypes
internal import Logging
internal import MartletForms
internal import MartletGateway
public import MartletSessions

extension App {
    /// Gives requests a session that is in its cookie as a whole: signed, so that nobody can change it.
    ///
    ///     app.sessions(try KeyRing([secret]))
    ///
    /// - Parameters:
    ///   - keys: the first secret signs; put a new one before the former ones, and nobody's session ends.
    ///   - protection: `.sealed`, so that nobody can read it either.
    public func sessions(
        _ keys: KeyRing,
        protection: SessionCookies.Protection = .signed,
        options: SessionOptions = SessionOptions(),
        file: StaticString = #fileID,
        line: UInt = #line
    ) {
        let cookies = SessionCookies(keys, options: options, protection: protection)
        addSessions(
            SourceLocation(file: file, line: line),
            load: { cookies.session(in: $0, now: $1) },
            save: { try cookies.cookie(for: $0, now: $1) }
        )
    }

    /// Gives requests a session that a store keeps; the cookie has its id, signed.
    public func sessions(
        _ keys: KeyRing,
        in store: some SessionStore,
        options: SessionOptions = SessionOptions(),
        file: StaticString = #fileID,
        line: UInt = #line
    ) {
        let sessions = StoredSessions(keys, store: store, options: options)
        addSessions(
            SourceLocation(file: file, line: line),
            load: { try await sessions.session(in: $0, now: $1) },
            save: { try await sessions.cookie(for: $0, now: $1) }
        )
    }

    private func addSessions(
        _ location: SourceLocation,
        load: @escaping @Sendable (MultiValues, Int) async throws -> (session: Session, refusal: SignatureFault?),
        save: @escaping @Sendable (Session, Int) async throws -> SetCookie?
    ) {
        // First, so that every other hook has it, whatever the order of registration.
        registry.change(location) { contents in
            contents.hooks.before.insert(
                { request in
                    let (session, refusal) = try await load(request.cookies, Int(time(nil)))
                    if let refusal { request.logger.info("A session is not taken: \(refusal)") }
                    request.storage[RequestSession.Key.self] = RequestSession(
                        session,
                        logger: { [request] in request.logger }
                    )
                    return nil
                },
                at: 0
            )
            contents.hooks.after.insert(
                { response, request in
                    let requestSession = request.storage[RequestSession.Key.self]
                    requestSession?.markSaved()
                    guard let session = requestSession?.used else { return }
                    response.headers.append(.vary, "Cookie")
                    do {
                        if let cookie = try await save(session, Int(time(nil))) {
                            try response.setCookie(cookie, for: request)
                        }
                    } catch let fault as SessionFault where fault.isSize {
                        // A browser would drop the cookie, too (RFC 6265bis section 5.7), so it goes on with the one that it has.
                        request.logger.error(
                            "\(fault) The answer leaves without the session's changes: the browser goes on with the session that it has."
                        )
                    }
                },
                at: 0
            )
        }
    }
}
