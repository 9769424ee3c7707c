/// How requests reach an authority.
protocol ACMETransport: Sendable {
    /// - Throws: ``ACMEFailure`` where there is no answer.
    func send(_ request: ACMERequest) async throws -> ACMEResponse
}

/// Opens a way to an authority, for as long as something is asked of it.
protocol ACMEConnector: Sendable {
    func connected<Result: Sendable>(_ body: (any ACMETransport) async throws -> Result) async throws -> Result
}

struct ACMERequest: Sendable, Equatable {
    enum Method: Sendable {
        case get, head, post
    }

    let method: Method
    let url: String
    var body: [UInt8] = []
}

struct ACMEResponse: Sendable {
    let status: Int
    var location: String?
    var nonce: String?
    /// Seconds from now.
    var retryAfter: Int?
    var body: [UInt8] = []

    var isSuccess: Bool { (200..<300).contains(status) }
}
