import HTTPTypes
import MartletBytes

/// What stands in the place of a bare error.
package struct ErrorPages: Sendable, Equatable {
    /// Which statuses a page is for. The narrower one wins: `404`, then `4xx`, then `all`.
    package enum Scope: Sendable, Hashable, CustomStringConvertible {
        case status(Int)
        case hundred(Int)
        case all

        package var description: String {
            switch self {
            case .status(let status): "\(status)"
            case .hundred(let hundred): "\(hundred)xx"
            case .all: "all"
            }
        }

        /// Reads `404`, `5xx`, `all`.
        ///
        /// - Throws: ``PolicyError``.
        package init(parsing text: String) throws(PolicyError) {
            switch text {
            case "all": self = .all
            case "4xx": self = .hundred(4)
            case "5xx": self = .hundred(5)
            default:
                guard text.utf8.count == 3, let status = DecimalText.value(of: text.utf8), (400...599).contains(status)
                else { throw PolicyError("\"\(text)\" is no error; write a status such as 404, or 4xx, 5xx, all") }
                self = .status(status)
            }
        }
    }

    /// A page. `{status}`, `{title}` and `{request}` in it stand for the status, its name and the id by which the log tells of
    /// the request.
    package struct Page: Sendable, Equatable {
        package var text: String
        package var type: String

        package init(text: String, type: String) {
            self.text = text
            self.type = type
        }

        /// A page by the name of its file.
        package init(text: String, file: String) {
            let isJSON = file.hasSuffix(".json")
            let isHTML = file.hasSuffix(".html") || file.hasSuffix(".htm")
            self.init(
                text: text,
                type: isJSON ? "application/json" : isHTML ? "text/html; charset=utf-8" : "text/plain; charset=utf-8"
            )
        }
    }

    package var pages: [Scope: Page] = [:]
    /// Whether errors that the application answers itself are replaced too.
    package var replacesApplications = false
    /// Whether clients that ask for JSON get `application/problem+json` (RFC 9457).
    package var answersJSON = true

    package init() {}

    func page(for status: Int) -> Page? {
        pages[.status(status)] ?? pages[.hundred(status / 100)] ?? pages[.all]
    }
}
