import MartletBytes

/// Gets a certificate: does what ``OrderMachine`` says.
struct Orderer: Sendable {
    let configuration: ACMEConfiguration
    let folder: StateFolder
    let connector: any ACMEConnector
    let proofs: HTTPProofs
    let user: any CertificateUser
    let clock: ACMEClock

    /// - Parameters:
    ///   - methods: how names can be proved, the best first.
    ///   - former: what the authority calls the certificate that this one takes the place of.
    func order(_ names: [String], by methods: [ChallengeMethod], replacing former: String?) async throws
        -> CertificatePair
    {
        try await connector.connected { transport in
            let index = try await ACMESession.index(configuration.directory, over: transport)
            let accounts = AccountDesk(configuration: configuration, folder: folder, clock: clock)
            let replaced = index.renewalInfo == nil ? nil : former
            do {
                var session = try await accounts.open(index, over: transport)
                return try await run(names, methods, replaced, &session)
            } catch let failure as ACMEFailure where failure.problem?.kind == "accountDoesNotExist" {
                // It was deleted, or this is another authority by now.
                StoredAccount.remove(from: folder)
                var session = try await accounts.open(index, over: transport)
                return try await run(names, methods, replaced, &session)
            }
        }
    }

    /// When the authority would like a certificate to be renewed; nil where it has no opinion.
    func renewalInfo(of certificate: String) async throws -> (info: RenewalInfo, retryAfter: Int?)? {
        try await connector.connected { transport in
            let index = try await ACMESession.index(configuration.directory, over: transport)
            guard let base = index.renewalInfo else { return nil }
            let url = base + (base.hasSuffix("/") ? "" : "/") + certificate
            let response = try await transport.send(ACMERequest(method: .get, url: url))
            guard response.isSuccess else { throw ACMEFailure(response, from: url) }
            guard let info = try? ACMEJSON.decode(as: RenewalInfo.self, response.body) else {
                throw ACMEFailure.unreadable(url)
            }
            return (info, response.retryAfter)
        }
    }

    private func run(
        _ names: [String],
        _ methods: [ChallengeMethod],
        _ former: String?,
        _ session: inout ACMESession
    ) async throws -> CertificatePair {
        let request = try SigningRequest(for: names)
        var machine = OrderMachine(methods: methods)
        var placed: [NameProof] = []
        defer { for proof in placed { remove(proof) } }
        var event = OrderMachine.Event.begin
        // Ends: the machine bounds its waits, and between two of them it goes on.
        while true {
            try Task.checkCancellation()
            let action = machine.next(event)
            switch action {
            case .create: event = try await create(names, former, &session)
            case .fetch(let url): event = try Self.event(try await session.fetch(url), url)
            case .prove(let proof):
                placed.append(proof)
                try place(proof, session.key)
                event = .done
            case .tell(let url):
                _ = try await session.post(ChallengeReady(), to: url)
                event = .done
            case .wait(let seconds):
                try await clock.sleep(seconds)
                event = .done
            case .finalize(let url):
                let response = try await session.post(Finalization(csr: Base64URL.encode(request.der)), to: url)
                event = try Self.event(response, url)
            case .download(let url):
                return CertificatePair(chain: try await session.fetch(url).body, key: request.key)
            case .fail(let failure): throw ACMEFailure("\(failure)", isPassing: failure == .timeout)
            }
        }
    }

    private func create(
        _ names: [String],
        _ former: String?,
        _ session: inout ACMESession
    ) async throws -> OrderMachine.Event {
        var order = NewOrder(identifiers: names.map { ACMEIdentifier(value: $0) }, replaces: former)
        let response: ACMEResponse
        do {
            response = try await session.post(order, to: session.index.newOrder)
        } catch let failure as ACMEFailure where former != nil && failure.problem?.isOfOrder == true {
            // It has been replaced already, or is of another account: then the order is one like any other.
            order.replaces = nil
            response = try await session.post(order, to: session.index.newOrder)
        }
        guard let url = response.location, let order = try? ACMEJSON.decode(as: ACMEOrder.self, response.body) else {
            throw ACMEFailure.unreadable(session.index.newOrder)
        }
        return .order(order, url: url, after: response.retryAfter)
    }

    private static func event(_ response: ACMEResponse, _ url: String) throws -> OrderMachine.Event {
        // An order has a URL to finalize it at, an authorization has not.
        if let order = try? ACMEJSON.decode(as: ACMEOrder.self, response.body) {
            return .order(order, after: response.retryAfter)
        }
        if let authorization = try? ACMEJSON.decode(as: ACMEAuthorization.self, response.body) {
            return .authorization(authorization, after: response.retryAfter)
        }
        throw ACMEFailure.unreadable(url)
    }

    // MARK: Proofs

    private func place(_ proof: NameProof, _ key: AccountKey) throws {
        let text = try key.keyAuthorization(of: proof.token)
        switch proof.method {
        case .http01: try proofs.answer(proof.token, with: text, in: folder.proofs)
        case .tlsALPN01: try user.prove(proof.name, with: try OwnCertificate.proof(of: proof.name, text))
        }
    }

    private func remove(_ proof: NameProof) {
        switch proof.method {
        case .http01: try? proofs.answer(proof.token, with: nil, in: folder.proofs)
        case .tlsALPN01: try? user.prove(proof.name, with: nil)
        }
    }
}

extension StateFolder {
    /// Where answers to an authority are, for every process that it may reach.
    var proofs: StateFolder { folder("challenges") }
}

extension ACMEProblem {
    /// Whether it may be what an order says of the certificate that it takes the place of.
    fileprivate var isOfOrder: Bool {
        !["accountDoesNotExist", "badNonce", "rateLimited", "userActionRequired"].contains(kind)
    }
}
