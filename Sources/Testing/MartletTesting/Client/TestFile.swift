public import NIOCore

/// A file that a ``TestClient`` uploads with a form.
public struct TestFile: Sendable {
    /// The name of the control in the form.
    public let name: String
    public let fileName: String
    public let contentType: String
    public let content: ByteBuffer

    public init(
        _ name: String,
        fileName: String,
        contentType: String = "application/octet-stream",
        _ content: ByteBuffer
    ) {
        self.name = name
        self.fileName = fileName
        self.contentType = contentType
        self.content = content
    }

    public init(_ name: String, fileName: String, contentType: String = "text/plain", _ text: String) {
        self.init(name, fileName: fileName, contentType: contentType, ByteBuffer(string: text))
    }
}
