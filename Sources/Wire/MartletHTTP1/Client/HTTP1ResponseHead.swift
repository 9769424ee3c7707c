package import HTTPTypes
package import MartletGateway

/// The head of an answer, without the fields that are about the connection.
package struct HTTP1ResponseHead: Sendable, Equatable {
    package var status: HTTPResponse.Status
    /// What is passed on: neither hop-by-hop fields (RFC 9110 section 7.6.1) nor Content-Length. Of a 101 it has Upgrade.
    package var headers: Headers
    /// How the answer says that its body ends. Whether there is one depends on the request too.
    package var framing: MessageFraming
    package var isHTTP10 = false
    /// Whether the connection may be used again.
    package var keepsAlive = true
    /// How many seconds the upstream keeps a connection that is not used, where it says so (`Keep-Alive: timeout=5`).
    package var keepAliveSeconds: Int?

    package init(status: HTTPResponse.Status, headers: Headers = Headers(), framing: MessageFraming = .none) {
        self.status = status
        self.headers = headers
        self.framing = framing
    }

    /// Informational answers are followed by another one (RFC 9110 section 15.2), but for 101.
    package var isInformational: Bool { status.code < 200 && status.code != 101 }

    /// The value of Content-Length, if there is one.
    package var announcedLength: Int? {
        if case .length(let length) = framing { length } else { nil }
    }
}

/// How the body of an answer ends.
package enum HTTP1ResponseBody: Sendable, Equatable {
    /// There is none.
    case none
    case length(Int)
    /// In chunks, or with the end of the connection.
    case unknown
}
