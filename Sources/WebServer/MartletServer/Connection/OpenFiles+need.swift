import Glibc

/// The limit on open files is lower than what a server needs to start.
///
/// It is looked at before anything is opened: an event loop that cannot be made ends the process without a word.
public struct OpenFilesShortage: Error, Sendable, Equatable, CustomStringConvertible {
    let limit: Int
    let needed: Int
    /// How many of the needed ones there are.
    let available: Int

    public var description: String {
        """
        At most \(limit) files and sockets may be open here (ulimit -n), and there is room for \(available) of the \(needed) \
        that are needed to start. Raise the limit, as LimitNOFILE= of systemd does, or start fewer workers.
        """
    }
}

extension OpenFiles {
    /// Raises the limit as far as it may be, and tries whether so many can be opened.
    package static func require(_ needed: Int) throws(OpenFilesShortage) {
        raiseLimit()
        var opened: [CInt] = []
        defer { for descriptor in opened { close(descriptor) } }
        // Everyone may open it, and it is always there.
        let first = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if first >= 0 { opened.append(first) }
        while first >= 0, opened.count < needed {
            let next = fcntl(first, F_DUPFD_CLOEXEC, 0)
            guard next >= 0 else { break }
            opened.append(next)
        }
        guard opened.count < needed else { return }
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        throw OpenFilesShortage(limit: Int(clamping: limit.rlim_cur), needed: needed, available: opened.count)
    }
}

extension ServerConfiguration {
    /// How many open files and sockets a server with this configuration needs.
    package var descriptors: Int {
        // An epoll instance, an eventfd and a timer for each loop (SwiftNIO), and the pair that gives turns.
        let loops = eventLoops * 5
        // A host name stands for two addresses, and one more is open while an address is tried.
        let listeners = addresses.reduce(1) { $0 + ($1.host == nil ? 1 : 2 * eventLoops) }
        return loops + listeners + Self.ownDescriptors + Self.fewestClients
    }

    /// The access log, the system's sources of signals and timers (four signals, epoll, an event and two clocks), and a file
    /// that is read now and then.
    private static let ownDescriptors = 10
    /// A server that has no room for them serves nobody.
    private static let fewestClients = 16
}
