package import HTTPTypes
package import MartletGateway

/// What is wrong with a request: the status of the answer, and a sentence for the log.
///
/// Every fault ends the connection, because it is unknown where the next request begins.
package enum RequestFault: Error, Sendable, Hashable {
    // The bytes
    case bareCarriageReturn
    case bareLineFeed
    case nul
    case controlCharacter
    case tlsOnPlainPort

    // The request line
    case tooManyEmptyLines
    case malformedRequestLine
    case invalidMethod
    case methodTooLong
    case targetTooLong(limit: Int)
    case invalidTarget
    case asteriskNeedsOptions
    case userInfoInTarget
    case connectNotSupported
    case malformedVersion
    case versionNotSupported

    // The fields
    case foldedLine
    case missingColon
    case spaceBeforeColon
    case emptyName
    case invalidName
    case headTooLarge(limit: Int)
    case tooManyFields(limit: Int)
    case missingHost
    case duplicateHost
    case invalidHost
    case invalidContentLength
    case duplicateContentLength
    case duplicateContentType
    case lengthWithCoding
    case codingOnHTTP10
    case invalidCoding
    case codingWithoutEnd
    case codingNotSupported
    case expectationNotSupported

    // The body
    case invalidChunkSize
    case invalidChunkExtension
    case missingChunkEnd
    case trailerTooLarge
    case bodyTooLarge(limit: Int)
    case bodyCutShort
    /// Of what has its length beside it, in FastCGI.
    case bodyTooLong

    // The time
    case headTooSlow
    case bodyTooSlow
}

extension RequestFault: RequestRefusal {
    package var response: Response { .refusal(status, description) }

    package var status: HTTPResponse.Status {
        switch self {
        case .headTooSlow, .bodyTooSlow: .requestTimeout
        case .bodyTooLarge: .contentTooLarge
        case .targetTooLong: .uriTooLong
        case .expectationNotSupported: .expectationFailed
        case .headTooLarge, .tooManyFields, .trailerTooLarge: .requestHeaderFieldsTooLarge
        case .methodTooLong, .connectNotSupported, .codingNotSupported: .notImplemented
        case .versionNotSupported: .httpVersionNotSupported
        default: .badRequest
        }
    }

    package var description: String {
        switch self {
        case .bareCarriageReturn: "A carriage return is not followed by a line feed; lines end with both."
        case .bareLineFeed: "A line ends with a line feed alone; HTTP lines end with carriage return and line feed."
        case .nul: "The request head has a NUL byte in it."
        case .controlCharacter: "The request head has a control character in it."
        case .tlsOnPlainPort: "The client speaks TLS (https) to a port that serves plain http."
        case .tooManyEmptyLines: "More than two empty lines stand before the request line."
        case .malformedRequestLine: "The request line is not: method, space, target, space, HTTP version."
        case .invalidMethod: "The method has a byte in it that is not allowed in a token."
        case .methodTooLong: "The method is longer than any that exists."
        case .targetTooLong(let limit): "The request target is longer than the limit of \(limit) bytes."
        case .invalidTarget: "The request target is neither a path, nor an http URL, nor valid in its bytes."
        case .asteriskNeedsOptions: "The target * is for the method OPTIONS only."
        case .userInfoInTarget: "The request target has a user name or password before its host."
        case .connectNotSupported: "This server is no proxy: CONNECT is not supported."
        case .malformedVersion: "The request line does not end with an HTTP version such as HTTP/1.1."
        case .versionNotSupported: "A request line says HTTP/1.1 or HTTP/1.0, and no other version."
        case .foldedLine: "A header line begins with white space; continued lines are no longer part of HTTP."
        case .missingColon: "A header line has no colon."
        case .spaceBeforeColon: "A header has white space between its name and the colon."
        case .emptyName: "A header has an empty name."
        case .invalidName: "A header name has a byte in it that is not allowed in a token."
        case .headTooLarge(let limit): "The request head is larger than the limit of \(limit) bytes."
        case .tooManyFields(let limit): "The request has more than \(limit) header lines."
        case .missingHost: "A request must have a Host header, or :authority in HTTP/2, that says which host it is for."
        case .duplicateHost: "The request has more than one Host header."
        case .invalidHost: "The host is not a valid host name or address with an optional port."
        case .invalidContentLength: "Content-Length is not one decimal number in the range of this server."
        case .duplicateContentType: "The request has more than one Content-Type field."
        case .duplicateContentLength: "The request has more than one Content-Length header."
        case .lengthWithCoding: "The request has both Content-Length and Transfer-Encoding."
        case .codingOnHTTP10: "Transfer-Encoding does not exist in HTTP/1.0."
        case .invalidCoding: "Transfer-Encoding is not a list of transfer codings."
        case .codingWithoutEnd:
            "Transfer-Encoding does not end in chunked, once: where the body ends cannot be known."
        case .codingNotSupported: "The only transfer coding of this server is: chunked."
        case .expectationNotSupported: "The only expectation of this server is: 100-continue."
        case .invalidChunkSize: "The size of a chunk is not a hexadecimal number in the range of this server."
        case .invalidChunkExtension: "A chunk extension is not of the form ;name=value, or they are too long."
        case .missingChunkEnd: "The data of a chunk is not followed by carriage return and line feed."
        case .trailerTooLarge: "The trailer of the chunked body is larger than a request head may be."
        case .bodyTooLarge(let limit): "The request body is larger than the limit of \(limit) bytes."
        case .bodyCutShort: IncompleteBody().description
        case .bodyTooLong: "The request body is longer than its CONTENT_LENGTH says."
        case .headTooSlow: "The request head did not arrive in time."
        case .bodyTooSlow: "The request body arrives too slowly."
        }
    }
}
