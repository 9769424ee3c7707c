import Glibc
import NIOCore

/// Looks whether an address could be listened at. Nothing is accepted, and nothing connected to but a Unix socket that the kernel's table
/// does not have under the same path: a link or a relative path leads to it, or it is that of a container.
package enum AddressCheck {
    package enum Trouble: Sendable, Equatable {
        /// - Parameter by: nil where this user may not see the process.
        case inUse(by: AddressInUse.Holder?)
        /// Perhaps for this user alone.
        case forbidden(String)
        case impossible(String)
    }

    package static func trouble(at address: BindAddress) -> Trouble? {
        switch address {
        case .tcp(_, 0): return nil
        case .tcp(let host, let port): return trouble(host, port, address)
        case .unix(let path): return trouble(path, isAbstract: address.isAbstract)
        }
    }

    private static func trouble(_ host: String, _ port: Int, _ asked: BindAddress) -> Trouble? {
        do {
            for address in try ListeningSocket.resolve(host, port: port, asked: asked) {
                close(try ListeningSocket.open(address, shared: false, asked: asked))
            }
            return nil
        } catch let inUse as AddressInUse {
            return .inUse(by: inUse.holder)
        } catch let failure as BindFailure {
            return failure.lacksRights ? .forbidden(failure.reason) : .impossible(failure.reason)
        } catch {
            return .impossible("\(error)")
        }
    }

    private static func trouble(_ path: String, isAbstract: Bool) -> Trouble? {
        if isListenedAt(path) { return .inUse(by: AddressInUse.Holder.ofPath(path)) }
        guard !isAbstract else { return nil }
        var facts = stat()
        if lstat(path, &facts) == 0 {
            guard facts.st_mode & S_IFMT == S_IFSOCK else {
                return .impossible("there is a file of that name which is no socket")
            }
            if let address = UnixAddress(path), ListeningSocket.isAlive(address) {
                return .inUse(by: ListeningSocket.holder(of: address))
            }
        }
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        if access(folder, W_OK | X_OK) == 0 { return nil }
        let reason = "nothing can be made in \(folder): \(String(cString: strerror(errno)))"
        return errno == EACCES ? .forbidden(reason) : .impossible(reason)
    }

    /// By the kernel's table: to connect would be noticed.
    private static func isListenedAt(_ path: String) -> Bool {
        ProcFile.read("/proc/net/unix").split(separator: "\n").contains { line in
            guard line.hasSuffix(" " + path) else { return false }
            let columns = line.split(separator: " ")
            // __SO_ACCEPTCON
            return columns.count > 3 && UInt32(columns[3], radix: 16).map { $0 & 0x10000 != 0 } ?? false
        }
    }
}
