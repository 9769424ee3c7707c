import Glibc
import MartletGateway
import NIOCore

/// A file in the cache of a loop, under one of the paths that it is asked for by.
final class CachedFile {
    let question: LookUp
    let file: FoundFile
    /// When it was last compared with the disk, and last used (``Clock``).
    var checked: Int
    var lastUsed: Int

    init(_ file: FoundFile, of question: LookUp, at now: Int) {
        self.file = file
        self.question = question
        checked = now
        lastUsed = now
    }

    func isFresh(_ now: Int) -> Bool { now &- checked < Clock.second }

    /// Whether files that are not kept in memory are as long as they were: one that has been cut short since would be
    /// announced wrongly. A look at an open file does not wait for the disk.
    var isUnchanged: Bool { file.plain.isUnchanged && file.encoded.allSatisfy(\.isUnchanged) }

    func response(to head: RequestHead) -> Response { file.choose(for: head).response(to: head) }
}
