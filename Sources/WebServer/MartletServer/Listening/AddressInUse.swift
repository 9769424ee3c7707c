import Glibc

/// Another process listens where this one should.
public struct AddressInUse: Error, Sendable, CustomStringConvertible {
    /// The process that has the address; nil if unknown.
    public struct Holder: Sendable, Equatable {
        public let pid: Int
        public let command: String
    }

    public let address: BindAddress
    /// What it should have spoken there, as it was said.
    package var scheme: ListenScheme?
    public let holder: Holder?
    /// The next free port above.
    public let freePort: Int?

    public var description: String { text { "\($0)" } }

    /// - Parameter another: how to ask for another address, such as `--bind 127.0.0.1:8001`.
    package func text(_ another: (ListenAddress) -> String) -> String {
        var text = "\(address) is in use"
        if let holder {
            text += " by process \(holder.pid) (\(holder.command))"
        }
        text += "."
        if let freePort, case .tcp(let host, _) = address {
            let free = ListenAddress(.tcp(host: host, port: freePort), scheme: scheme)
            text += " Stop that process, or try \(another(free))."
        }
        return text
    }
}

/// An address that cannot be bound for another reason.
public struct BindFailure: Error, Sendable, CustomStringConvertible {
    public let address: BindAddress
    public let reason: String
    /// Whether another user might.
    package var lacksRights = false

    public var description: String { "Cannot listen at \(address): \(reason)." }
}

extension AddressInUse.Holder {
    /// The process that listens on a TCP port of this machine, as far as this process may see.
    static func ofPort(_ port: Int) -> Self? {
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
            for line in ProcFile.read(table).split(separator: "\n").dropFirst() {
                let columns = line.split(separator: " ")
                // 1: local address and port in hexadecimal; 3: the state, 0A is LISTEN; 9: the inode of the socket.
                guard columns.count > 9, columns[3] == "0A",
                    let colon = columns[1].lastIndex(of: ":"),
                    Int(columns[1][columns[1].index(after: colon)...], radix: 16) == port
                else { continue }
                if let holder = ofSocket(inode: columns[9]) { return holder }
            }
        }
        return nil
    }

    /// The process that listens at a Unix socket.
    static func ofPath(_ path: String) -> Self? {
        for line in ProcFile.read("/proc/net/unix").split(separator: "\n") where line.hasSuffix(" " + path) {
            let columns = line.split(separator: " ")
            if columns.count > 6, let holder = ofSocket(inode: columns[6]) { return holder }
        }
        return nil
    }

    private static func ofSocket(inode: Substring) -> Self? {
        let wanted = "socket:[\(inode)]"
        for pid in ProcFile.list("/proc").compactMap({ Int($0) }) {
            let folder = "/proc/\(pid)/fd"
            if ProcFile.list(folder).contains(where: { ProcFile.link("\(folder)/\($0)") == wanted }) {
                return Self(pid: pid, command: command(of: pid))
            }
        }
        return nil
    }

    init(ofProcess pid: Int) { self.init(pid: pid, command: Self.command(of: pid)) }

    /// The start of the command line, with control characters replaced, since it goes to a terminal.
    private static func command(of pid: Int) -> String {
        let words = ProcFile.read("/proc/\(pid)/cmdline").split(separator: "\0").prefix(4).joined(separator: " ")
        let text = words.isEmpty ? ProcFile.read("/proc/\(pid)/comm") : words
        let visible = text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.prefix(60)
        return String(String.UnicodeScalarView(visible))
    }
}
