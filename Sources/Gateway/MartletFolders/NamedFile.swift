internal import Glibc
package import MartletGateway

/// A file that was named, to be sent as it is: open, with what a client is told of it.
package struct NamedFile: Sendable {
    package let descriptor: OwnedDescriptor
    /// In bytes.
    package let length: Int
    /// The type that its name says.
    package let type: String
    /// `ETag`, `Last-Modified`, and that parts of it can be had.
    package let validators: Headers

    private static let types = MediaTypes(additions: [:], charset: "utf-8")

    /// Opens what has this name below a folder. It may wait for a disk.
    ///
    /// - Parameter name: decoded, without a slash at its beginning.
    /// - Throws: ``FileError``; for what is no file, ENOENT.
    package static func open(_ name: [UInt8], below folder: String) throws(FileError) -> NamedFile {
        let root = try FolderRoot(folder, symlinks: .inside)
        return try NamedFile(try root.open(name), name)
    }

    /// Opens a file by its path. It may wait for a disk, but for neither FIFOs nor devices.
    ///
    /// - Throws: ``FileError``; for what is no file, ENOENT.
    package static func open(_ path: String) throws(FileError) -> NamedFile {
        let number = Glibc.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard number >= 0 else { throw FileError(number: errno) }
        return try NamedFile(OwnedDescriptor(number), Array(path.utf8))
    }

    private init(_ descriptor: OwnedDescriptor, _ name: [UInt8]) throws(FileError) {
        let facts = try FileFacts(of: descriptor)
        guard facts.kind == .file else { throw FileError(number: ENOENT) }
        let now = time(nil)
        self.descriptor = descriptor
        type = Self.types.type(of: name)
        length = facts.size
        validators = Headers(validBlock: facts.validatorLines(isSettled: facts.isSettled(at: now), at: now))
    }
}
