/// Why the answer of an upstream cannot be used: two readers could differ about what it is, or where it ends.
///
/// Each ends the connection, because nobody knows where the next answer begins.
package enum ResponseFault: Error, Sendable, Hashable {
    // The bytes
    case bareCarriageReturn
    case bareLineFeed
    case controlCharacter
    case tlsOnPlainConnection

    // The status line
    case malformedStatusLine
    case versionNotSupported
    case invalidStatus

    // The fields
    case foldedLine
    case missingColon
    case spaceBeforeColon
    case invalidName
    case headTooLarge(limit: Int)
    case tooManyFields(limit: Int)
    case invalidContentLength
    case severalContentLengths
    case lengthWithCoding
    case codingOnHTTP10
    case codingNotSupported

    // The course of things
    case tooManyInformational(limit: Int)
    case unexpectedSwitch
    case unasked
    case closedBeforeAnswer
    case headCutShort
    case bodyCutShort
    /// In a chunked body.
    case body(RequestFault)
}

extension ResponseFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .bareCarriageReturn: "a carriage return of its head is not followed by a line feed"
        case .bareLineFeed: "a line of its head ends with a line feed alone"
        case .controlCharacter: "its head has a control character in it"
        case .tlsOnPlainConnection: "it speaks TLS; write https:// in its address"
        case .malformedStatusLine: "its first line is not that of an HTTP answer"
        case .versionNotSupported: "its first line says neither HTTP/1.1 nor HTTP/1.0"
        case .invalidStatus: "its status is not a number from 100 to 999"
        case .foldedLine: "a line of its head begins with white space"
        case .missingColon: "a line of its head has no colon"
        case .spaceBeforeColon: "a field of its head has white space before its colon"
        case .invalidName: "the name of a field is empty, or has a byte in it that is not allowed in a token"
        case .headTooLarge(let limit): "its head is larger than the limit of \(limit) bytes"
        case .tooManyFields(let limit): "it has more than \(limit) header lines"
        case .invalidContentLength: "its Content-Length is not one decimal number in the range of this server"
        case .severalContentLengths: "it has more than one Content-Length"
        case .lengthWithCoding: "it has both Content-Length and Transfer-Encoding"
        case .codingOnHTTP10: "it has a Transfer-Encoding, which does not exist in HTTP/1.0"
        case .codingNotSupported: "its Transfer-Encoding is not chunked alone"
        case .tooManyInformational(let limit): "more than \(limit) informational answers came before it"
        case .unexpectedSwitch: "it switches to a protocol that nobody has asked for"
        case .unasked: "bytes came that belong to no answer"
        case .closedBeforeAnswer: "the connection ended before it began"
        case .headCutShort: "the connection ended in its head"
        case .bodyCutShort: "the connection ended in its body"
        case .body(let fault): "its body is malformed: \(fault)"
        }
    }
}
