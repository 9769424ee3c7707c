import MartletBytes

/// The account at an authority: the one of the folder, or a new one. All processes that share a folder have the same.
struct AccountDesk: Sendable {
    let configuration: ACMEConfiguration
    let folder: StateFolder
    let clock: ACMEClock

    /// A session of the account.
    ///
    /// - Throws: ``ACMEFailure``, ``StateFolder/Problem``.
    func open(_ index: DirectoryIndex, over transport: any ACMETransport) async throws -> ACMESession {
        // Two processes that start at once must not open two accounts.
        let lock = try await clock.lock("account", in: folder)
        defer { withExtendedLifetime(lock) {} }
        guard let stored = StoredAccount.read(in: folder), let key = try? AccountKey(pem: stored.key) else {
            return try await register(index, over: transport)
        }
        var session = ACMESession(index, over: transport, key: key, account: stored.url)
        if stored.email != configuration.email {
            _ = try await session.post(AccountChange(contact: contact ?? []), to: stored.url)
            try StoredAccount(key: stored.key, url: stored.url, email: configuration.email).write(to: folder)
        }
        return session
    }

    private var contact: [String]? { configuration.email.map { ["mailto:\($0)"] } }

    private func register(_ index: DirectoryIndex, over transport: any ACMETransport) async throws -> ACMESession {
        let key = AccountKey()
        var session = ACMESession(index, over: transport, key: key)
        var account = NewAccount(contact: contact)
        if let external = try externalAccount(index) {
            account.externalAccountBinding = try SignedMessage(
                binding: key.publicKey,
                to: external,
                at: index.newAccount
            )
        }
        let response = try await session.post(account, to: index.newAccount)
        guard let url = response.location else { throw ACMEFailure.unreadable(index.newAccount) }
        session.account = url
        try StoredAccount(key: key.pem, url: url, email: configuration.email).write(to: folder)
        return session
    }

    private func externalAccount(_ index: DirectoryIndex) throws -> ExternalAccount? {
        guard let id = configuration.externalAccount, let text = configuration.externalKey else {
            guard index.meta?.externalAccountRequired != true else {
                throw ACMEFailure(
                    "the authority gives certificates to those alone who have an account there already: write its "
                        + "eab-key-id and eab-key in [acme]"
                )
            }
            return nil
        }
        guard let key = Base64URL.decode(text) else {
            throw ACMEFailure("eab-key is not Base64 for URLs, which is how authorities give it")
        }
        return ExternalAccount(id: id, key: key)
    }
}
