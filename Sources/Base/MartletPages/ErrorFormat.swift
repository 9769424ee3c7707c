internal import MartletBytes

/// In which form an error is told.
package enum ErrorFormat: Sendable, Equatable {
    case html
    case text
    /// `application/problem+json` (RFC 9457).
    case problem

    /// What a client would like best by the value of its Accept field (RFC 9110 section 12.5.1). Only types that it names count:
    /// `*/*` alone, as curl sends it, is answered with text, and so is nothing at all. Of those that it likes as much, HTML comes
    /// first, then JSON: a person reads what names HTML, and what is offered first is taken, as by Werkzeug's `best_match`. A client that names none of these but a type of JSON's kind, such as
    /// `application/vnd.api+json`, is a program.
    package init(accept: UnsafeRawBufferPointer) {
        var best: (quality: Int, format: ErrorFormat) = (0, .text)
        func consider(_ name: StaticString, _ format: ErrorFormat) {
            guard let quality = QualityList.quality(of: name, in: accept), quality > best.quality else { return }
            best = (quality, format)
        }
        consider("text/html", .html)
        consider("application/problem+json", .problem)
        consider("application/json", .problem)
        consider("text/plain", .text)
        self = best.quality == 0 && Self.namesKindOfJSON(accept) ? .problem : best.format
    }

    private static func namesKindOfJSON(_ accept: UnsafeRawBufferPointer) -> Bool {
        accept.split(separator: UInt8(ascii: ",")).contains { element in
            ASCIICase.equals(FieldSyntax.trimmed(element.prefix { $0 != UInt8(ascii: ";") }).suffix(5), "+json")
        }
    }

    package init(accept: String?) {
        guard var accept else {
            self = .text
            return
        }
        self = accept.withUTF8 { ErrorFormat(accept: UnsafeRawBufferPointer($0)) }
    }

    package var contentType: String {
        switch self {
        case .html: "text/html; charset=utf-8"
        case .text: "text/plain; charset=utf-8"
        case .problem: "application/problem+json"
        }
    }
}

extension ErrorPage {
    package func rendered(as format: ErrorFormat) -> String {
        switch format {
        case .html: html
        case .text: text
        case .problem: Problem(self).json
        }
    }
}
