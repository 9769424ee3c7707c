/// What is in a multipart form, in the order in which it comes: for each part `partBegan`, `data` any number of times,
/// `partEnded`; and once `finished`.
package enum MultipartEvent: Sendable, Hashable {
    /// All that was given is read.
    case needsMore
    case partBegan(PartHead)
    /// Never empty.
    case data(ArraySlice<UInt8>)
    case partEnded
    /// The last delimiter was read. What follows it means nothing (RFC 2046 section 5.1.1).
    case finished
}

/// The head of a part of a form (RFC 7578 section 4).
package struct PartHead: Sendable, Hashable {
    package struct Field: Sendable, Hashable {
        /// As it came.
        package let name: String
        package let value: String
    }

    /// The name of the control in the form.
    package let name: String
    /// The name of the file on the client, in the client's words: with a path, and any character in it; see
    /// ``SafeFileName``. Nil for a value that is no file. Empty for a file control in which none was chosen.
    package let fileName: String?
    /// The value of Content-Type, as it came.
    package let contentType: String?
    /// Every field of the head, in the order they came.
    package let fields: [Field]

    package var isFile: Bool { fileName != nil }
}
