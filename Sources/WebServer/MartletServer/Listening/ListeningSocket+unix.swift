import Glibc

// Unix sockets: a file, or a name without one.
extension ListeningSocket {
    static func bindPath(_ path: String, _ permissions: SocketPermissions) throws -> ListeningSocket {
        let asked = BindAddress.unix(path: path)
        guard let address = UnixAddress(path) else {
            throw BindFailure(address: asked, reason: "the path cannot be that of a socket")
        }
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw BindFailure(address: asked, reason: String(cString: strerror(errno))) }
        do {
            try bind(descriptor, to: address, asked, permissions)
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
        let made = ListeningSocket(descriptor: descriptor, address: asked)
        // Nobody can connect before listen(2), so nobody sees the socket before it has its owner.
        if !asked.isAbstract, let problem = permissions.giveAway(path) {
            made.discard()
            throw BindFailure(address: asked, reason: "the socket cannot be given to its owner: \(reason(problem))")
        }
        guard listen(descriptor, backlog) == 0 else {
            let problem = errno
            made.discard()
            throw BindFailure(address: asked, reason: String(cString: strerror(problem)))
        }
        return made
    }

    private static func bind(
        _ descriptor: CInt,
        to address: UnixAddress,
        _ asked: BindAddress,
        _ permissions: SocketPermissions
    ) throws {
        func attempt() -> CInt? {
            permissions.whileBinding { address.withSockAddr { Glibc.bind(descriptor, $0, $1) == 0 ? nil : errno } }
        }
        guard var problem = attempt() else { return }
        if problem == EADDRINUSE {
            if asked.isAbstract || isAlive(address) {
                throw AddressInUse(
                    address: asked,
                    holder: AddressInUse.Holder.ofPath(address.path),
                    freePort: nil
                )
            }
            guard isSocket(address.path) else {
                throw BindFailure(address: asked, reason: "there is a file of that name which is no socket")
            }
            unlink(address.path)
            guard let second = attempt() else { return }
            problem = second
        }
        throw BindFailure(address: asked, reason: String(cString: strerror(problem)))
    }

    /// Removes the file of a Unix socket. Only the server that made it does so.
    func removeFile() {
        if let ownPath { unlink(ownPath) }
    }

    static func reason(_ problem: CInt) -> String {
        problem == EPERM
            ? "only root can give it to another user, and a group must be one of the server's own"
            : String(cString: strerror(problem))
    }

    private static func isSocket(_ path: String) -> Bool {
        var facts = stat()
        return lstat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFSOCK
    }

    /// Whether a server accepts connections there.
    static func isAlive(_ address: UnixAddress) -> Bool {
        guard isSocket(address.path) else { return false }
        // A server with a full backlog is alive too.
        return connect(to: address) { _, problem in problem != ECONNREFUSED } ?? true
    }

    /// The process that began to listen there, where it can be seen from here.
    static func holder(of address: UnixAddress) -> AddressInUse.Holder? {
        let pid: CInt? = connect(to: address) { descriptor, problem in
            // `struct ucred` begins with the process, and has the user and the group besides (unix(7)).
            var credentials: (CInt, UInt32, UInt32) = (0, 0, 0)
            var size = socklen_t(MemoryLayout.size(ofValue: credentials))
            guard problem == nil, getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 else {
                return 0
            }
            return credentials.0
        }
        return pid.flatMap { $0 > 0 ? AddressInUse.Holder(ofProcess: Int($0)) : nil }
    }

    /// - Parameter body: gets the socket, and why it is not connected.
    /// - Returns: nil where there can be no socket.
    private static func connect<Result>(to address: UnixAddress, _ body: (CInt, CInt?) -> Result) -> Result? {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { _ = Glibc.close(descriptor) }
        let result = address.withSockAddr { Glibc.connect(descriptor, $0, $1) }
        return body(descriptor, result == 0 ? nil : errno)
    }
}

/// The address of a Unix socket in the system's form; an abstract name has no NUL at its end (unix(7)).
struct UnixAddress: Sendable {
    let path: String
    private let address: sockaddr_un
    private let length: socklen_t

    /// - Parameter path: `@name` for an abstract name.
    init?(_ path: String) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path), !bytes.contains(0) else {
            return nil
        }
        let isAbstract = bytes[0] == UInt8(ascii: "@")
        if isAbstract { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        self.path = path
        self.address = address
        let start = MemoryLayout<sockaddr_un>.size - MemoryLayout.size(ofValue: address.sun_path)
        length = socklen_t(start + bytes.count + (isAbstract ? 0 : 1))
    }

    /// - Parameter text: the address that the system reports; the result is nil for a socket without a name.
    init?(_ address: sockaddr_un, length: socklen_t) {
        let start = MemoryLayout<sockaddr_un>.size - MemoryLayout.size(ofValue: address.sun_path)
        guard Int(length) > start else { return nil }
        let bytes = withUnsafeBytes(of: address.sun_path) { Array($0.prefix(Int(length) - start)) }
        let name =
            bytes[0] == 0
            ? "@" + String(decoding: bytes.dropFirst(), as: UTF8.self)
            : String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        self.init(name)
    }

    func withSockAddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
