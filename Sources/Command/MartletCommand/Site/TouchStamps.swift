import Glibc

/// When some files were last changed.
struct TouchStamps: Sendable, Equatable {
    private struct Stamp: Equatable {
        let inode: UInt64
        let seconds, nanoseconds: Int
    }

    private let files: [String]
    private var stamps: [Stamp?]

    init(_ files: [String]) {
        self.files = files
        stamps = files.map(Self.stamp)
    }

    /// Looks again.
    ///
    /// - Returns: the first file that has changed since the last look, or has come. One that has gone is waited for: what writes a file
    ///   anew may take it away first.
    mutating func look() -> String? {
        var touched: String?
        for (index, file) in files.enumerated() {
            guard let stamp = Self.stamp(of: file), stamp != stamps[index] else { continue }
            stamps[index] = stamp
            touched = touched ?? file
        }
        return touched
    }

    private static func stamp(of path: String) -> Stamp? {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return nil }
        return Stamp(
            inode: UInt64(facts.st_ino),
            seconds: facts.st_mtim.tv_sec,
            nanoseconds: facts.st_mtim.tv_nsec
        )
    }
}
