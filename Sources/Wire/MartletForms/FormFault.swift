/// Why a form is refused. The texts are for the developer: in production the client is told the status only.
public enum FormFault: Error, Sendable, Hashable {
    /// 415: the body is no form, or no multipart one. Nil: there is no Content-Type.
    case notForm(contentType: String?)
    case missingBoundary
    case invalidBoundary(String)
    /// The body ends without the line that the boundary makes.
    case noDelimiter(boundary: String)
    /// The body ends before the last delimiter.
    case truncated
    /// Behind the boundary, on its line, is something that does not belong there.
    case malformedDelimiter
    /// A line of the head of a part, counted from 1.
    case malformedHead(part: Int, line: Int)
    case missingDisposition(part: Int)
    case notFormData(part: Int, disposition: String)
    case malformedDisposition(part: Int)
    case missingName(part: Int)
    case transferEncoding(part: Int, encoding: String)
    case unknownCharset(String)
    /// Bytes that are no UTF-8. The text is where: `the value of "city"`.
    case invalidText(String)

    // 413
    case tooManyParts(limit: Int)
    case tooManyValues(limit: Int)
    case headTooLong(part: Int, limit: Int)
    case tooManyFields(part: Int, limit: Int)
    case tooMuchMemory(limit: Int)
    case fileTooLong(name: String, limit: Int)
    case bodyTooLong(limit: Int)

    /// The status of the answer: 400, 413 or 415.
    public var status: Int {
        switch self {
        case .notForm: 415
        case .tooManyParts, .tooManyValues, .headTooLong, .tooManyFields, .tooMuchMemory, .fileTooLong, .bodyTooLong:
            413
        default: 400
        }
    }
}

extension FormFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notForm(nil):
            "The request has no Content-Type. A form is sent as application/x-www-form-urlencoded or multipart/form-data."
        case .notForm(let type?):
            "The body was sent as \(Self.quoted(type)). A form is sent as application/x-www-form-urlencoded or "
                + "multipart/form-data."
        case .missingBoundary:
            "The Content-Type is multipart/form-data without a boundary. Let the client library set this field: only it "
                + "knows the boundary."
        case .invalidBoundary(let text):
            "The boundary \(Self.quoted(text)) is not valid: 1 to 70 letters, digits and '()+_,-./:=? (RFC 2046 section "
                + "5.1.1), once."
        case .noDelimiter(let boundary):
            "The body has no line \(Self.quoted("--" + boundary)), which the boundary in the Content-Type announces."
        case .truncated:
            "The body ends in the middle of a part: the line that closes the form is missing."
        case .malformedDelimiter:
            "A line with the boundary has something else behind it, or another line end than the first such line."
        case .malformedHead(let part, let line):
            "Line \(line) of the head of part \(part) is not of the form \"Name: value\", or its line end is not that "
                + "of the line with the boundary."
        case .missingDisposition(let part):
            "Part \(part) has no Content-Disposition (RFC 7578 section 4.2)."
        case .notFormData(let part, let disposition):
            "The Content-Disposition of part \(part) is \(Self.quoted(disposition)), not form-data."
        case .malformedDisposition(let part):
            "The Content-Disposition of part \(part) cannot be read: a parameter is there twice, in pieces or without "
                + "its closing quote."
        case .missingName(let part):
            "Part \(part) has no name: Content-Disposition: form-data; name=\"…\"."
        case .transferEncoding(let part, let encoding):
            "Part \(part) has the Content-Transfer-Encoding \(Self.quoted(encoding)). Forms over HTTP are sent as they "
                + "are (RFC 7578 section 4.7)."
        case .unknownCharset(let name):
            "The form is in the charset \(Self.quoted(name)). UTF-8, US-ASCII and ISO-8859-1 are read."
        case .invalidText(let place):
            "There are bytes in \(place) that are not UTF-8."
        case .tooManyParts(let limit):
            "The form has more than \(limit) parts."
        case .tooManyValues(let limit):
            "The form has more than \(limit) values."
        case .headTooLong(let part, let limit):
            "The head of part \(part) is longer than \(limit) bytes."
        case .tooManyFields(let part, let limit):
            "The head of part \(part) has more than \(limit) lines."
        case .tooMuchMemory(let limit):
            "The values of the form are larger than \(limit) bytes. Large content is sent as a file."
        case .fileTooLong(let name, let limit):
            "The file in \(Self.quoted(name)) is larger than \(limit) bytes."
        case .bodyTooLong(let limit):
            "The form is larger than \(limit) bytes."
        }
    }

    /// A text from the client, on one line and not endless.
    static func quoted(_ text: String) -> String { QuotedText.of(text) }
}
