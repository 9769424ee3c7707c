internal import MartletBytes

/// The skeleton of a page: its head with the styles, and what is in it. Without a script, readable in light and dark and on a phone.
package enum HTMLPage {
    private static let skeleton = String(decoding: PackageResources.page_html, as: UTF8.self)

    /// What a page may load: nothing but the styles in its own head (Content Security Policy Level 3).
    package static let policy =
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    /// - Parameters:
    ///   - title: text.
    ///   - content: markup.
    package static func render(title: String, content: String) -> String {
        var page = ""
        var rest = skeleton[...]
        for (name, value) in [("{title}", HTMLText.escape(title)), ("{content}", content)] {
            guard let place = rest.firstRange(of: name) else { continue }
            page += rest[..<place.lowerBound] + value
            rest = rest[place.upperBound...]
        }
        return page + rest
    }
}
