/// Signed requests to an authority, one after the other (RFC 8555 sections 6.2 to 6.5).
struct ACMESession {
    /// With the half of all nonces refused, one request in a thousand fails.
    private static let mostTries = 10

    let index: DirectoryIndex
    let key: AccountKey
    /// The URL of the account; nil before there is one.
    var account: String?
    private let transport: any ACMETransport
    private var nonce: String?

    init(_ index: DirectoryIndex, over transport: any ACMETransport, key: AccountKey, account: String? = nil) {
        self.index = index
        self.transport = transport
        self.key = key
        self.account = account
    }

    /// What an authority offers.
    static func index(_ url: String, over transport: any ACMETransport) async throws -> DirectoryIndex {
        let response = try await transport.send(ACMERequest(method: .get, url: url))
        guard response.isSuccess else { throw ACMEFailure(response, from: url) }
        guard let index = try? ACMEJSON.decode(as: DirectoryIndex.self, response.body) else {
            throw ACMEFailure.unreadable(url)
        }
        return index
    }

    /// Reads what is at a URL.
    mutating func fetch(_ url: String) async throws -> ACMEResponse { try await send([], to: url) }

    mutating func post(_ value: some Encodable, to url: String) async throws -> ACMEResponse {
        try await send(try ACMEJSON.encode(value), to: url)
    }

    /// - Throws: ``ACMEFailure`` for every answer but success.
    private mutating func send(_ payload: [UInt8], to url: String) async throws -> ACMEResponse {
        var tries = 1
        while true {
            let message = try SignedMessage(payload, by: key, account: account, nonce: try await takeNonce(), to: url)
            let response = try await transport.send(
                ACMERequest(method: .post, url: url, body: try ACMEJSON.encode(message))
            )
            nonce = response.nonce
            if response.isSuccess { return response }
            let failure = ACMEFailure(response, from: url)
            guard failure.problem?.kind == "badNonce", tries < Self.mostTries else { throw failure }
            tries += 1
        }
    }

    /// The one of the last answer, else a new one. Each can be used once.
    private mutating func takeNonce() async throws -> String {
        if let nonce = nonce.take() { return nonce }
        let response = try await transport.send(ACMERequest(method: .head, url: index.newNonce))
        guard response.isSuccess else { throw ACMEFailure(response, from: index.newNonce) }
        guard let nonce = response.nonce else { throw ACMEFailure.unreadable(index.newNonce) }
        return nonce
    }
}
