import Glibc

/// A part of a file: what `sendfile` takes.
public struct FileRange: Sendable {
    public enum Source: Sendable {
        /// A file that the server opens.
        case path(String)
        /// An open file; it is closed with its last owner.
        case descriptor(OwnedDescriptor)
    }

    public let source: Source
    /// Where to begin, in bytes.
    public let offset: Int
    /// How many bytes to send.
    public let length: Int

    public init(_ source: Source, offset: Int, length: Int) {
        self.source = source
        self.offset = max(0, offset)
        self.length = max(0, length)
    }
}

/// A file descriptor that is closed with its owner.
public final class OwnedDescriptor: Sendable {
    public let number: CInt

    public init(_ number: CInt) {
        self.number = number
    }

    deinit {
        _ = close(number)
    }
}
