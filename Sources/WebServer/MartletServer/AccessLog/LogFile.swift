import Glibc

/// Opens a log whose folder may belong to another user.
///
/// A server that runs as root appends lines whose content clients influence. Anybody who may write to the folder of a
/// log could replace it by a link and have root write to any file, at the latest when the log is reopened (nginx in
/// Debian, CVE-2016-1247). So a link is followed only if it belongs to root or to the server's own user, as
/// `/dev/stdout` does; and it is checked by its descriptor, so that it cannot be exchanged before it is followed.
enum LogFile {
    struct Failure: Error {
        let reason: String
    }

    /// Linux's limit is 40.
    private static let mostLinks = 8

    static func open(_ path: String) throws(Failure) -> CInt {
        var path = path
        for _ in 0...mostLinks {
            // Opening a pipe without a reader would block the thread. Writes block later if it is full.
            let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK
            let number = Glibc.open(path, flags, 0o644)
            if number >= 0 { return number }
            let problem = errno
            if problem == ENXIO { throw Failure(reason: "it is a pipe that nobody reads") }
            guard problem == ELOOP else { throw Failure(reason: String(cString: strerror(problem))) }
            guard let target = try target(of: path) else {
                // A link in /proc names an open file; its text is not a path.
                let number = Glibc.open(path, flags & ~O_NOFOLLOW, 0o644)
                if number >= 0 { return number }
                throw Failure(reason: String(cString: strerror(errno)))
            }
            path = target
        }
        throw Failure(reason: String(cString: strerror(ELOOP)))
    }

    /// The target of a link; nil if only the kernel can follow it.
    private static func target(of path: String) throws(Failure) -> String? {
        let link = Glibc.open(path, LinuxFlags.path | O_NOFOLLOW | O_CLOEXEC)
        guard link >= 0 else { throw Failure(reason: String(cString: strerror(errno))) }
        defer { close(link) }
        var facts = stat()
        guard fstat(link, &facts) == 0 else { throw Failure(reason: String(cString: strerror(errno))) }
        guard facts.st_uid == 0 || facts.st_uid == geteuid() else {
            throw Failure(
                reason: "it is a symbolic link of another user (\(facts.st_uid)), which could lead to any file"
            )
        }
        var proc = stat()
        if stat("/proc", &proc) == 0, facts.st_dev == proc.st_dev { return nil }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlinkat(link, "", &buffer, buffer.count)
        guard count > 0 else { throw Failure(reason: "it is no link any more") }
        let target = String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard !target.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return target }
        return path[...slash] + target
    }
}
