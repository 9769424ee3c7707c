import Glibc

/// The limit on open files is too low for a server to start.
///
/// Checked before anything is opened: SwiftNIO ends the process without a word if it cannot make an event loop.
public struct OpenFilesShortage: Error, Sendable, Equatable, CustomStringConvertible {
    let limit: Int
    let needed: Int
    /// How many of them are available.
    let available: Int

    public var description: String {
        """
        At most \(limit) files and sockets may be open here (ulimit -n), and there is room for \(available) of the \(needed) \
        that are needed to start. Raise the limit, as LimitNOFILE= of systemd does, or start fewer workers.
        """
    }
}

extension OpenFiles {
    /// Raises the limit as far as possible, and tries whether this many files can be opened.
    package static func require(_ needed: Int) throws(OpenFilesShortage) {
        raiseLimit()
        var opened: [CInt] = []
        defer { for descriptor in opened { close(descriptor) } }
        // It always exists, and everybody may open it.
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
        // For each loop an epoll instance, an eventfd and a timer (SwiftNIO), and the socket pair of ``LoopTurns``.
        let loops = eventLoops * 5
        // A host name stands for two addresses, and one more socket is open while an address is tried.
        let listeners = addresses.reduce(1) { $0 + ($1.address.host == nil ? 1 : 2 * eventLoops) }
        return loops + listeners + Self.ownDescriptors + Self.fewestClients
    }

    /// The access log, the system's sources of signals and timers (four signals, epoll, an event and two clocks), and a
    /// file that is read occasionally.
    private static let ownDescriptors = 10
    /// With room for fewer, a server is of no use.
    private static let fewestClients = 16
}
