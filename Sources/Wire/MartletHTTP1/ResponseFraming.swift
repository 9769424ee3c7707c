import HTTPTypes
import MartletBytes
package import MartletGateway

/// How a response is framed and whether the connection is kept alive (RFC 9112 sections 6 and 9, RFC 9110 sections 6.4
/// and 8.6).
package struct ResponseFraming: Sendable, Equatable {
    /// What the application sends.
    package enum Body: Sendable, Equatable {
        case empty
        case known(Int)
        case unknown
    }

    /// How it is framed on the wire.
    package enum Delimiting: Sendable, Equatable {
        /// No body follows the head.
        case none
        case length(Int)
        case chunked
        /// The end of the connection is the end of the body.
        case untilClose
    }

    package var delimiting: Delimiting
    /// The value of Content-Length, if it is sent.
    package var contentLength: Int?
    package var keepsAlive: Bool
    /// Whether to send HTTP/1.0's `Connection: keep-alive`.
    package var announcesKeepAlive: Bool

    /// - Parameters:
    ///   - request: what is answered.
    ///   - canKeepAlive: whether the connection could serve another request.
    package init(status: Int, headers: Headers, body: Body, request: HTTP1Message, canKeepAlive: Bool = true) {
        keepsAlive = request.keepsAlive && canKeepAlive && !headers.hasConnectionOption("close")
        let announced = headers.announcedLength

        switch ContentRule(status: status) {
        case .never:
            delimiting = .none
            contentLength = nil
        case .empty:
            delimiting = .none
            contentLength = 0
        case .notModified:
            delimiting = .none
            contentLength = announced
        case .any:
            switch body {
            case .empty:
                delimiting = .none
                contentLength = request.isHead ? announced : 0
            case .known(let length):
                delimiting = .length(length)
                contentLength = length
            case .unknown:
                contentLength = announced
                if let announced {
                    delimiting = .length(announced)
                } else if request.isHTTP10 {
                    delimiting = .untilClose
                } else {
                    delimiting = .chunked
                }
            }
            if request.isHead {
                delimiting = .none
            } else if delimiting == .untilClose {
                keepsAlive = false
            }
        }
        announcesKeepAlive = keepsAlive && request.isHTTP10
    }
}
