internal import MartletBytes

/// An error for programs: a problem details object (RFC 9457 section 3.1).
package struct Problem: Sendable, Equatable {
    /// Of the many URIs that could say what kind of problem it is, the one that says "the status does" (section 4.2.1).
    package static let type = "about:blank"

    package var title: String
    package var status: Int
    package var detail: String?
    /// The request's id.
    package var instance: String
    /// What was thrown, and what to do next: in development.
    package var kind: String?
    package var hints: [String]

    package init(title: String, status: Int, instance: String) {
        self.init(ErrorPage(status: status, title: title, request: instance))
    }

    package init(_ page: ErrorPage) {
        title = page.title
        status = page.status
        detail = page.message.isEmpty ? nil : page.message
        instance = page.request
        kind = page.kind
        hints = page.hints
    }

    /// One line. `request` is the id once more, under the name that the server's own errors have it by.
    package var json: String {
        var members = [
            "\"type\":\(Self.string(Self.type))", "\"title\":\(Self.string(title))", "\"status\":\(status)",
        ]
        if let detail { members.append("\"detail\":\(Self.string(detail))") }
        if let kind { members.append("\"error\":\(Self.string(kind))") }
        if !hints.isEmpty { members.append("\"hints\":[\(hints.map(Self.string).joined(separator: ","))]") }
        if !instance.isEmpty {
            members.append("\"instance\":\(Self.string(instance))")
            members.append("\"request\":\(Self.string(instance))")
        }
        return "{" + members.joined(separator: ",") + "}\n"
    }

    /// Longer texts are cut: a message may quote what a client has sent.
    private static let longest = 65_536

    private static func string(_ text: String) -> String {
        var text = text
        var bytes = [UInt8(ascii: "\"")]
        text.withUTF8 { JSONText.append(UnsafeRawBufferPointer($0), upTo: longest, to: &bytes) }
        bytes.append(UInt8(ascii: "\""))
        return String(decoding: bytes, as: UTF8.self)
    }
}
