import Glibc
package import MartletGateway

/// A file that an application has named, instead of sending it itself: open, with what a client is told of it.
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
        let descriptor = try root.open(name)
        let facts = try FileFacts(of: descriptor)
        guard facts.kind == .file else { throw FileError(number: ENOENT) }
        return NamedFile(descriptor, facts, type: types.type(of: name), at: time(nil))
    }

    private init(_ descriptor: OwnedDescriptor, _ facts: FileFacts, type: String, at second: Int) {
        self.descriptor = descriptor
        self.type = type
        length = facts.size
        let head = RepresentationHead(type: type, cache: nil, varies: false)
        var headers = head.headers(facts, nil, isSettled: facts.isSettled(at: second), at: second)
        headers.remove { !Self.isValidator($0) }
        validators = headers
    }

    private static func isValidator(_ name: ArraySlice<UInt8>) -> Bool {
        ["ETag", "Last-Modified", "Accept-Ranges"].contains { name.elementsEqual($0.utf8) }
    }
}
