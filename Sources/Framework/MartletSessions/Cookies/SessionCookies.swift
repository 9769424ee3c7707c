public import MartletForms

/// Sessions that are in their cookie as a whole: signed, so that nobody can change them, or sealed, so that nobody can
/// read them either. The server keeps nothing; a session cannot be ended from here before its lifetime ends.
public struct SessionCookies: Sendable {
    public enum Protection: Sendable, Hashable {
        case signed
        case sealed
    }

    private let options: SessionOptions
    private let signer: Signer?
    private let sealer: Sealer?

    public init(_ keys: KeyRing, options: SessionOptions = SessionOptions(), protection: Protection = .signed) {
        self.options = options
        signer = protection == .signed ? Signer(keys, purpose: "session") : nil
        sealer = protection == .sealed ? Sealer(keys, purpose: "session") : nil
    }

    /// The session of a request, or a new one. An answer that depends on it has to have `Vary: Cookie`.
    ///
    /// - Parameters:
    ///   - cookies: of the request.
    ///   - now: seconds since 1970.
    /// - Returns: besides, why a cookie was refused, for the log.
    public func session(in cookies: MultiValues, now: Int) -> (session: Session, refusal: SignatureFault?) {
        var refusal: SignatureFault?
        // Another page of the domain may have set one of the same name.
        for text in cookies.all(of: options.name).prefix(5) {
            do throws(SignatureFault) {
                let opened = try open(text, now: now)
                guard let values = SessionText.decode(opened.payload) else { throw .malformed }
                return (Session(values: values), nil)
            } catch {
                refusal = refusal ?? error
            }
        }
        return (Session(), refusal)
    }

    /// The cookie that an answer has to bring; nil if the browser has it already.
    ///
    /// - Parameter now: seconds since 1970.
    public func cookie(for session: Session, now: Int) throws(SessionFault) -> SetCookie? {
        guard session.isModified || options.isRefreshed(session) else { return nil }
        if session.isEmpty { return session.isNew ? nil : options.deletion }
        let payload = try SessionText.encode(session.values)
        guard let text = signer?.sign(payload, at: now) ?? sealer?.seal(payload, at: now) else { return nil }
        let cookie = options.cookie(text, isPermanent: session.isPermanent)
        do {
            _ = try cookie.fieldValue(isSecure: true)
        } catch .tooLong(_, let count) {
            throw .tooLarge(count: count, limit: SetCookie.longest)
        } catch {
            throw .cookie("\(error)")
        }
        return cookie
    }

    private func open(_ text: String, now: Int) throws(SignatureFault) -> SignedPayload {
        if let signer { return try signer.open(text, now: now, maximumAge: options.lifetime) }
        if let sealer { return try sealer.open(text, now: now, maximumAge: options.lifetime) }
        throw .malformed
    }
}
