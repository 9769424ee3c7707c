import Glibc

/// What tells whether files have changed since they were read.
package struct FileStamp: Sendable, Hashable {
    private struct Facts: Sendable, Hashable {
        let device, inode: UInt64
        let size, seconds, nanoseconds: Int
    }

    private var facts: [Facts?]

    /// Whether all of them are there.
    package var isWhole: Bool { !facts.contains(nil) }

    package init(_ paths: [String]) {
        facts = paths.map { path in
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            return Facts(
                device: UInt64(status.st_dev),
                inode: UInt64(status.st_ino),
                size: Int(status.st_size),
                seconds: status.st_mtim.tv_sec,
                nanoseconds: status.st_mtim.tv_nsec
            )
        }
    }
}

extension TLSSite {
    /// All that it reads.
    package var files: [String] { [certificate, key, clientAuthority].compactMap { $0 } }
}
