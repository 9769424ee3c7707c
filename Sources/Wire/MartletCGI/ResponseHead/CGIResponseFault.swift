/// Why an answer cannot be passed on: the client gets 502. The description is what a line of the log says behind "the script".
package enum CGIResponseFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// It ended before its head did.
    case noHead(bytes: Int)
    case headTooLarge(limit: Int)
    case tooManyFields(limit: Int)
    case missingColon(line: String)
    case invalidName(name: String)
    case invalidValue(name: String)
    case foldedLine
    case bareCarriageReturn
    /// It answers as if it had the client's connection ("nph-").
    case statusLine
    /// Of an application that has to begin with one.
    case missingStatusLine
    case invalidStatus(value: String)
    case twice(name: String)
    /// Neither Content-Type nor Location nor Status.
    case noField
    case invalidLength(value: String)
    case invalidLocation
    case transferEncoding(value: String)
    /// More bytes than Content-Length says.
    case bodyTooLong(length: Int)
    case bodyTooShort(length: Int, missing: Int)

    package var description: String {
        switch self {
        case .noHead(0): "ended without an answer"
        case .noHead(let bytes):
            "ended within the head of its answer, after \(bytes) bytes; an empty line ends the head"
        case .headTooLarge(let limit): "wrote a head that is larger than \(limit) bytes; an empty line ends the head"
        case .tooManyFields(let limit): "wrote more than \(limit) header lines"
        case .missingColon(let line):
            "wrote a header line without a colon, \"\(line)\"; an answer begins with a line such as Content-Type: text/html, and an "
                + "empty line ends its head"
        case .invalidName(let name):
            "wrote a header whose name is not letters, digits and !#$%&'*+-.^_`|~ only: \"\(name)\""
        case .invalidValue(let name): "wrote a control character into the header \"\(name)\""
        case .foldedLine: "wrote a header line that begins with white space"
        case .bareCarriageReturn: "wrote a carriage return into its head that no line feed follows"
        case .statusLine:
            "answers with a status line of HTTP (\"nph-\"); the line is Status: 200 OK, and the connection is the server's"
        case .missingStatusLine: "does not begin with a status line of HTTP"
        case .invalidStatus(let value): "wrote a status that is not a number from 200 to 999: \"\(value)\""
        case .twice(let name): "wrote the header \"\(name)\" more than once"
        case .noField: "wrote neither Content-Type nor Location nor Status (RFC 3875 section 6.2)"
        case .invalidLength(let value): "wrote a Content-Length that is no decimal number: \"\(value)\""
        case .invalidLocation: "wrote a Location that is no URL: it has blanks or bytes beyond ASCII in it, or is empty"
        case .transferEncoding(let value):
            "wrote Transfer-Encoding: \(value); how a body is sent is for the server to say"
        case .bodyTooLong(let length): "wrote a longer body than its Content-Length of \(length) bytes"
        case .bodyTooShort(let length, let missing):
            "ended \(missing) bytes before the end of the body of \(length) bytes that it announced"
        }
    }
}
