internal import MartletBytes
public import MartletForms

/// Sessions that a store keeps; the cookie has their id, signed.
public struct StoredSessions<Store: SessionStore>: Sendable {
    private let store: Store
    private let options: SessionOptions
    private let signer: Signer
    private let longest: Int

    /// - Parameter longest: the bytes of a session, as JSON; 1 MB.
    public init(
        _ keys: KeyRing,
        store: Store,
        options: SessionOptions = SessionOptions(),
        longest: Int = 1_048_576
    ) {
        self.store = store
        self.options = options
        self.longest = longest
        signer = Signer(keys, purpose: "session-id")
    }

    /// The session of a request, or a new one. An id that the store does not know is not taken: the new session gets
    /// another one. An answer that depends on it has to have `Vary: Cookie`.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Throws: what the store throws.
    public func session(in cookies: MultiValues, now: Int) async throws -> (session: Session, refusal: SignatureFault?)
    {
        var refusal: SignatureFault?
        for text in cookies.all(of: options.name).prefix(5) {
            let id: SessionID
            do throws(SignatureFault) {
                let opened = try signer.open(text, now: now, maximumAge: options.lifetime)
                guard let read = SessionID(opened.payload) else { throw .malformed }
                id = read
            } catch {
                refusal = refusal ?? error
                continue
            }
            guard let bytes = try await store.load(id.storeKey, now: now), let values = SessionText.decode(bytes) else {
                continue
            }
            return (Session(values: values, id: id), nil)
        }
        return (Session(), refusal)
    }

    /// Writes a session, and says which cookie the answer has to bring; nil if the browser has it already.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Throws: ``SessionFault``, and what the store throws.
    public func cookie(for session: Session, now: Int) async throws -> SetCookie? {
        for id in session.formerIDs { try await store.delete(id.storeKey) }
        guard session.isModified || options.isRefreshed(session) else { return nil }
        if session.isEmpty {
            if let id = session.id { try await store.delete(id.storeKey) }
            return session.isNew ? nil : options.deletion
        }
        let bytes = try SessionText.encode(session.values)
        guard bytes.count <= longest else { throw SessionFault.tooLargeForStore(count: bytes.count, limit: longest) }
        let id = session.id ?? SessionID()
        // The cookie is signed anew with each saving: it may be as old as what is stored.
        let (end, isForEver) = now.addingReportingOverflow(options.lifetime)
        try await store.save(id.storeKey, bytes, expires: isForEver ? .max : end)
        return options.cookie(signer.sign(id.bytes, at: now), isPermanent: session.isPermanent)
    }
}
