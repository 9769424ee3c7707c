import Glibc
import MartletBytes
import MartletFolders
import MartletGateway

/// What is in a folder, for people and for programs.
package struct FolderListing {
    struct Entry {
        /// As the system has it; it need not be UTF-8.
        let name: [UInt8]
        let isFolder: Bool
        let size: Int
        /// Seconds since 1970.
        let modified: Int
    }

    /// How many entries are shown: a page of some 2 MB. Beyond that a listing is for nobody.
    package static let most = 10_000

    /// Below the folder that is served, decoded, without slashes at its ends.
    let name: [UInt8]
    /// Folders first, then by name.
    let entries: [Entry]
    /// Whether these are all.
    let isComplete: Bool

    init(name: [UInt8], entries: [Entry], isComplete: Bool) {
        self.name = name
        self.entries = entries.sorted { first, second in
            if first.isFolder != second.isFolder { return first.isFolder }
            return Self.order(first.name, second.name)
        }
        self.isComplete = isComplete
    }

    /// Without regard to the case of letters, as people look for names.
    private static func order(_ first: [UInt8], _ second: [UInt8]) -> Bool {
        let folded = (first.map(ASCIICase.lowercased), second.map(ASCIICase.lowercased))
        return folded.0 == folded.1
            ? first.lexicographicallyPrecedes(second) : folded.0.lexicographicallyPrecedes(folded.1)
    }

    /// - Throws: ``FileError``.
    init(
        of descriptor: OwnedDescriptor,
        name: [UInt8],
        in root: borrowing FolderRoot,
        showsHidden: Bool
    ) throws(FileError) {
        // The stream closes its descriptor.
        let own = fcntl(descriptor.number, F_DUPFD_CLOEXEC, 0)
        guard own >= 0 else { throw FileError(number: errno) }
        guard let stream = fdopendir(own) else {
            close(own)
            throw FileError(number: errno)
        }
        defer { closedir(stream) }
        var entries: [Entry] = []
        var isComplete = true
        while let next = readdir(stream) {
            let entryName = Self.name(of: next)
            if entryName == [UInt8(ascii: ".")] || entryName == Array("..".utf8) { continue }
            if entryName.first == UInt8(ascii: "."), !showsHidden { continue }
            guard entries.count < Self.most else {
                isComplete = false
                break
            }
            if let entry = Self.entry(entryName, descriptor, of: name, in: root) { entries.append(entry) }
        }
        self.init(name: name, entries: entries, isComplete: isComplete)
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
        withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
    }

    /// Nil for what would not be served: devices and the like, and links that leave the folder.
    private static func entry(
        _ name: [UInt8],
        _ folder: OwnedDescriptor,
        of path: [UInt8],
        in root: borrowing FolderRoot
    ) -> Entry? {
        var status = stat()
        let isFound = (name + [0]).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map { fstatat(folder.number, $0, &status, AT_SYMLINK_NOFOLLOW) } == 0
            }
        }
        guard isFound else { return nil }
        var facts = FileFacts(status)
        if status.st_mode & S_IFMT == S_IFLNK {
            let whole = path + (path.isEmpty ? [] : [UInt8(ascii: "/")]) + name
            guard let target = try? root.open(whole, isNameOnly: true), let seen = try? FileFacts(of: target) else {
                return nil
            }
            facts = seen
        }
        guard facts.kind != .other else { return nil }
        return Entry(name: name, isFolder: facts.kind == .folder, size: facts.size, modified: facts.modified)
    }
}

extension FolderListing.Entry {
    /// A reference relative to the folder's page. With `./` in front, no colon makes a scheme of it.
    var reference: String {
        "./" + PercentEncoding.encode(name, keeping: PercentEncoding.isUnreserved) + (isFolder ? "/" : "")
    }

    /// Bytes that are no UTF-8 are shown as replacement characters; the reference has them.
    var text: String { String(decoding: name, as: UTF8.self) }
}
