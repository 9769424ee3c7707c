import Glibc
import NIOCore

/// A listening socket that was opened by the parent process, such as systemd.
public struct InheritedSocket: Sendable, Hashable {
    public let descriptor: CInt
    /// Where it listens.
    public let address: BindAddress
    /// Its name in the unit (`FileDescriptorName=`); by default the name of the socket unit.
    public let name: String

    /// It has no room for a scheme: that is what its name says, or its port.
    public var scheme: ListenScheme {
        if let named = ListenScheme(rawValue: name), named != .http { return named }
        return address.port == ListenScheme.https.usualPort ? .https : .http
    }
}

/// Socket activation, as in systemd's sd_listen_fds(3): `LISTEN_FDS` sockets from descriptor 3 on, for the process
/// `LISTEN_PID`, with names in `LISTEN_FDNAMES`.
public enum SocketActivation {
    /// systemd's SD_LISTEN_FDS_START.
    private static let first: CInt = 3
    /// Far beyond use; systemd's own `FileDescriptorStoreMax` is 512 where it is used at all.
    private static let most = 1024
    private static let variables = ["LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDS", "LISTEN_FDNAMES"]

    /// Takes the sockets that this process was started with; none if they are meant for another process. Children
    /// inherit neither them nor the variables. Must be called once, while no other thread reads the environment.
    ///
    /// - Throws: ``SocketActivationError``.
    public static func take() throws(SocketActivationError) -> [InheritedSocket] {
        let values = variables.map { getenv($0).map { String(cString: $0) } }
        for name in variables { unsetenv(name) }
        guard let pid = values[0], let text = values[2], pid_t(pid) == getpid() else { return [] }
        guard let count = Int(text), (0...most).contains(count) else {
            throw SocketActivationError(problem: "LISTEN_FDS is '\(text)', which is no number of sockets")
        }
        let names = (values[3] ?? "").split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        var sockets: [InheritedSocket] = []
        for index in 0..<count {
            let name = names.indices.contains(index) && !names[index].isEmpty ? names[index] : "unknown"
            sockets.append(try socket(first + CInt(index), name))
        }
        return sockets
    }

    static func socket(_ descriptor: CInt, _ name: String) throws(SocketActivationError) -> InheritedSocket {
        func error(_ problem: String) -> SocketActivationError {
            SocketActivationError(problem: "descriptor \(descriptor) (\(name)) \(problem)")
        }
        guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { throw error("is not open") }
        guard option(SO_TYPE, of: descriptor) == CInt(SOCK_STREAM.rawValue), option(SO_ACCEPTCONN, of: descriptor) == 1
        else {
            throw error("is no listening stream socket; its unit needs ListenStream= and Accept=no")
        }
        guard let address = address(of: descriptor) else { throw error("has no address of TCP or of a Unix socket") }
        return InheritedSocket(descriptor: descriptor, address: address, name: name)
    }

    private static func option(_ name: CInt, of descriptor: CInt) -> CInt? {
        var value: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
    }

    private static func address(of descriptor: CInt) -> BindAddress? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw -> BindAddress? in
                guard getsockname(descriptor, raw, &size) == 0 else { return nil }
                if CInt(raw.pointee.sa_family) == AF_UNIX {
                    let address = raw.withMemoryRebound(to: sockaddr_un.self, capacity: 1) { $0.pointee }
                    return .unix(path: UnixAddress(address, length: size)?.path ?? "@")
                }
                guard let address = SocketAddress(raw, port: nil), let host = address.ipAddress, let port = address.port
                else { return nil }
                return .tcp(host: host, port: port)
            }
        }
    }
}

/// Sockets were announced to this process, but are not there.
public struct SocketActivationError: Error, Sendable, Equatable, CustomStringConvertible {
    let problem: String

    public var description: String { "The sockets of the service manager cannot be used: \(problem)." }
}
