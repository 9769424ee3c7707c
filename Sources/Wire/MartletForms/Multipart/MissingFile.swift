internal import MartletBytes

/// A form came without a file that the application asked for: the client's fault, 400, and in development often that of the
/// page.
public struct MissingFile: Error, Sendable, Hashable, CustomStringConvertible {
    public let name: String
    /// The text that came under its name, if one did: from a form without `enctype`, the name of the file.
    public let text: String?
    /// Whether the form was sent as multipart/form-data.
    public let isMultipart: Bool
    /// The names of the files that came.
    public let others: [String]

    public init(name: String, text: String?, isMultipart: Bool, others: [String]) {
        self.name = name
        self.text = text
        self.isMultipart = isMultipart
        self.others = others
    }

    /// The status of the answer.
    public var status: Int { 400 }

    public var description: String {
        let missing = "The form has no file \(QuotedText.of(name))"
        if !isMultipart {
            let came = text.map { ", but the text \(QuotedText.of($0))" } ?? ""
            return
                "\(missing)\(came). A page sends files only from <form method=\"post\" enctype=\"multipart/form-data\">."
        }
        if let text { return "\(missing), but the text \(QuotedText.of(text)). Is it an <input type=\"file\">?" }
        if let near = NearMatch.closest(to: name, among: others) {
            return "\(missing). Did you mean \(QuotedText.of(near))?"
        }
        guard !others.isEmpty else { return "\(missing), and no other." }
        return "\(missing). It has: \(others.prefix(10).map(QuotedText.of).joined(separator: ", "))."
    }
}
