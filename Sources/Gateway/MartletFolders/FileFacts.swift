package import Glibc
package import MartletGateway

/// What the system says of a file: enough to see that it is another one, or has changed.
package struct FileFacts: Sendable, Equatable {
    package let device: UInt64
    package let inode: UInt64
    package let size: Int
    /// Seconds since 1970, and nanoseconds.
    package let modified: Int
    private let modifiedNanoseconds: Int
    private let changed: Int
    private let changedNanoseconds: Int
    package let kind: Kind
    /// Whether anybody may run it as a program.
    package let isExecutable: Bool

    package enum Kind: Sendable {
        case file, folder, other
    }

    /// - Throws: ``FileError``.
    package init(of descriptor: OwnedDescriptor) throws(FileError) {
        var status = stat()
        guard fstat(descriptor.number, &status) == 0 else { throw FileError(number: errno) }
        self.init(status)
    }

    package init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = max(0, Int(status.st_size))
        modified = status.st_mtim.tv_sec
        modifiedNanoseconds = status.st_mtim.tv_nsec
        changed = status.st_ctim.tv_sec
        changedNanoseconds = status.st_ctim.tv_nsec
        isExecutable = status.st_mode & 0o111 != 0
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            default: .other
            }
    }

    /// Whether another change would show. Two changes within one step of a file system's clock look like one, and the
    /// coarsest (FAT) has steps of two seconds. Any change sets this time, whatever a program does to the other one.
    package func isSettled(at second: Int) -> Bool { changed < second - 2 }

    /// The tag without quotes: size, and a number made of time and inode. The inode is what tells two files of one
    /// size apart whose times a build has set to a constant.
    package var tag: String {
        var mixed =
            UInt64(bitPattern: Int64(modified)) &* 1_000_000_007 &+ UInt64(bitPattern: Int64(modifiedNanoseconds))
        mixed ^= inode &* 0x9E37_79B9_7F4A_7C15
        // The finish of SplitMix64.
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return String(size, radix: 16) + "-" + String(mixed, radix: 16)
    }
}
