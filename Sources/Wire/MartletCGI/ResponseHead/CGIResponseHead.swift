package import HTTPTypes
package import MartletGateway

/// The head of an answer as a CGI program has meant it (RFC 3875 section 6.2).
package struct CGIResponseHead: Sendable, Equatable {
    package var status: HTTPResponse.Status
    /// Without `Status`, `Content-Length`, and what is about a connection.
    package var headers: Headers
    /// Content-Length.
    package var length: Int?

    package init(status: HTTPResponse.Status = .ok, headers: Headers = Headers(), length: Int? = nil) {
        self.status = status
        self.headers = headers
        self.length = length
    }

    /// What a head asks for.
    package enum Meaning: Sendable, Equatable {
        /// An answer for the client.
        case answer(CGIResponseHead)
        /// The answer is what a GET of another path of this site gets: path and query, percent-encoded (section 6.2.2).
        case localRedirect(String)
    }

    /// Whether a body follows, for a request that is no HEAD.
    package var allowsBody: Bool { status.code != 204 && status.code != 304 && status.code != 205 }
}
