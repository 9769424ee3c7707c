import HTTPTypes
import MartletBytes
package import MartletGateway

/// How a response ends and whether the connection lives on (RFC 9112 sections 6 and 9, RFC 9110 sections 6.4 and 8.6).
package struct ResponseFraming: Sendable, Equatable {
    /// What the application has to send.
    package enum Body: Sendable, Equatable {
        case empty
        case known(Int)
        case unknown
    }

    /// What of it goes out.
    package enum Delimiting: Sendable, Equatable {
        /// No body follows the head.
        case none
        case length(Int)
        case chunked
        /// The end of the connection is the end of the body.
        case untilClose
    }

    /// What the request and the connection ask for.
    package struct Exchange: Sendable, Equatable {
        package var isHead: Bool
        package var minorVersion: UInt8
        package var keepsAlive: Bool

        package init(isHead: Bool = false, minorVersion: UInt8 = 1, keepsAlive: Bool = true) {
            self.isHead = isHead
            self.minorVersion = minorVersion
            self.keepsAlive = keepsAlive
        }
    }

    package var delimiting: Delimiting
    /// The value of Content-Length, if there is to be one.
    package var contentLength: Int?
    package var keepsAlive: Bool
    /// Whether HTTP/1.0's `Connection: keep-alive` is due.
    package var announcesKeepAlive: Bool

    package init(status: Int, headers: Headers, body: Body, exchange: Exchange) {
        keepsAlive = exchange.keepsAlive && !headers.hasConnectionOption("close")
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
                contentLength = exchange.isHead ? announced : 0
            case .known(let length):
                delimiting = .length(length)
                contentLength = length
            case .unknown:
                contentLength = announced
                if let announced {
                    delimiting = .length(announced)
                } else if exchange.minorVersion == 0 {
                    delimiting = .untilClose
                } else {
                    delimiting = .chunked
                }
            }
            if exchange.isHead {
                delimiting = .none
            } else if delimiting == .untilClose {
                keepsAlive = false
            }
        }
        announcesKeepAlive = keepsAlive && exchange.minorVersion == 0
    }
}
