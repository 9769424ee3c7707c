internal import Crypto
internal import Glibc
internal import MartletBytes
internal import MartletFolders
internal import MartletGateway
internal import Synchronization

/// A folder that the server serves for an app, as far as URLs go: they have the content of a file in them, so that clients may keep it.
package final class StaticFolder: Sendable {
    private struct Known: Sendable {
        let facts: FileFacts
        let version: String
    }

    private let folder: String
    private let known = Mutex<[String: Known]>([:])

    /// More files than that are looked at each time; pages have a few dozen.
    private static let mostKnown = 4_096
    /// A larger file has the time of its change for its version: reading it would keep the page waiting.
    private static let largest = 16 << 20

    /// - Parameter folder: from the folder that the program was started in.
    package init(_ folder: String) { self.folder = FolderRoot.absolute(folder) }

    /// What changes with the content of a file: twelve hexadecimal digits. Nil where there is none.
    package func version(of name: String) -> String? {
        do throws(FileError) {
            let descriptor = try FolderRoot(folder, symlinks: .inside).open(Array(name.utf8))
            let facts = try FileFacts(of: descriptor)
            guard facts.kind == .file else { return nil }
            if let known = known.withLock({ $0[name] }), known.facts == facts { return known.version }
            let version = Self.hash(of: descriptor, facts) ?? facts.tag
            known.withLock { known in
                if known.count < Self.mostKnown { known[name] = Known(facts: facts, version: version) }
            }
            return version
        } catch {
            return nil
        }
    }

    private static func hash(of descriptor: OwnedDescriptor, _ facts: FileFacts) -> String? {
        guard facts.size <= largest else { return nil }
        var hash = SHA256()
        var block = [UInt8](repeating: 0, count: 65_536)
        var offset = 0
        while true {
            let count = pread(descriptor.number, &block, block.count, offset)
            if count < 0, errno == EINTR { continue }
            guard count >= 0, offset + count <= largest else { return nil }
            if count == 0 { break }
            block.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            offset += count
        }
        return hash.finalize().prefix(6).map { Hex.text(UInt32($0)) }.joined()
    }
}
