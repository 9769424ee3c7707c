import HTTPTypes
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
        let asksToClose =
            headers.notable.contains(.connection) && ConnectionOptions.contain("close", in: headers)
        keepsAlive = exchange.keepsAlive && !asksToClose
        let announced = headers.notable.contains(.contentLength) ? Self.announcedLength(headers) : nil

        switch status {
        case 204, 100..<200:
            delimiting = .none
            contentLength = nil
        case 205:
            delimiting = .none
            contentLength = 0
        case 304:
            delimiting = .none
            contentLength = announced
        default:
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

    /// The application's own Content-Length, where it is one number.
    private static func announcedLength(_ headers: Headers) -> Int? {
        let values = headers.values(for: .contentLength)
        guard let first = values.first, values.count == 1, !first.isEmpty, first.utf8.allSatisfy({ $0 &- 0x30 < 10 })
        else {
            return nil
        }
        return Int(first)
    }
}

/// The options of a response's Connection field.
enum ConnectionOptions {
    static func contain(_ option: String, in headers: Headers) -> Bool {
        headers.values(for: .connection).contains { value in
            value.split(separator: ",").contains { element in
                element.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }.lowercased() == option
            }
        }
    }
}
