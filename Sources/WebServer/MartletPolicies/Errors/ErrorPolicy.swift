import HTTPTypes
import MartletBytes
package import MartletGateway
import MartletPages
import NIOCore

/// Puts pages of the site's own in the place of errors, with the same status.
///
/// Fields that belong to the body go with it; others stay: `Retry-After`, `WWW-Authenticate`, `Set-Cookie`.
package struct ErrorPolicy: Policy {
    private let pages: ErrorPages

    package init(_ pages: ErrorPages) { self.pages = pages }

    package func finish(_ response: inout Response, to request: Request) {
        let status = response.status.code
        guard (400...599).contains(status), response.isFromServer || pages.replacesApplications else { return }
        let wantsJSON = pages.answersJSON && Self.prefersJSON(request.headers[.accept])
        let page = pages.page(for: status)
        guard wantsJSON || page != nil else { return }
        switch response.body {
        case .bytes, .empty, .file: break
        // What runs while it is sent has to run.
        case .stream, .upgrade: return
        }
        let isFromServer = response.isFromServer
        response.headers.remove { name in
            Self.aboutBody.contains { ASCIICase.equals(name, $0.utf8) }
                || isFromServer && Self.aboutServersPage.contains { ASCIICase.equals(name, $0.utf8) }
        }
        if wantsJSON {
            response.headers.append(.contentType, "application/problem+json")
            response.body = .bytes(ByteBuffer(string: Self.problem(response.status, request)))
        } else if let page {
            response.headers.append(.contentType, page.type)
            response.body = .bytes(ByteBuffer(string: Self.filled(page, response.status, request)))
        }
        if !response.headers.values(for: .vary).contains("Accept") { response.headers.append("Vary", "Accept") }
    }

    private static let aboutBody = [
        "content-type", "content-length", "content-encoding", "content-language", "content-range", "etag",
        "last-modified",
        "content-disposition", "accept-ranges",
    ]

    /// What the server's own page may load is not what the site's may.
    private static let aboutServersPage = ["content-security-policy"]

    private static func filled(_ page: ErrorPages.Page, _ status: HTTPResponse.Status, _ request: Request) -> String {
        guard page.text.contains("{") else { return page.text }
        // Nothing of these is the client's text.
        return page.text.replacing("{status}", with: "\(status.code)").replacing("{title}", with: title(status))
            .replacing("{request}", with: request.id)
    }

    private static func problem(_ status: HTTPResponse.Status, _ request: Request) -> String {
        Problem(title: title(status), status: status.code, instance: request.id).json
    }

    /// The reason phrase, if it is words: an application may have written anything there.
    private static func title(_ status: HTTPResponse.Status) -> String {
        let phrase = status.usualReason
        let isWords = phrase.utf8.allSatisfy {
            ASCII.isLetter($0) || $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "-")
        }
        return phrase.isEmpty || phrase.utf8.count > 60 || !isWords ? "Error" : phrase
    }

    /// Whether a client would rather have JSON than a page: it names it, and no HTML before.
    static func prefersJSON(_ accept: String?) -> Bool {
        guard let accept else { return false }
        for element in accept.utf8.split(separator: UInt8(ascii: ",")) {
            let type = FieldSyntax.trimmed(element.prefix { $0 != UInt8(ascii: ";") })
            if ASCIICase.equals(type, "text/html") { return false }
            if ASCIICase.equals(type, "application/json") || ASCIICase.equals(type.suffix(5), "+json") { return true }
        }
        return false
    }
}
