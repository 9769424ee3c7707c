import Glibc
import MartletServer

/// What a service manager such as systemd has to do with this process.
struct Surroundings: Sendable {
    /// Opened by it, with socket activation.
    var sockets: [InheritedSocket] = []
    /// Wants to know what the service does.
    var manager: ServiceManager?
    /// The process whose place this one takes.
    var predecessor: Predecessor?
    var program = ProgramPath.find()
    /// Whether it is a program of another server, which speaks for it.
    var isBehindServer = false

    /// Set for programs that a server runs.
    static let behindServer = "MARTLET_BEHIND_SERVER"

    /// Takes what is there out of the environment. To be called before anything else runs.
    ///
    /// - Throws: ``SocketActivationError``.
    static func take() throws(SocketActivationError) -> Surroundings {
        let manager = ServiceManager.take()
        let predecessor = Predecessor.take()
        var sockets = try SocketActivation.take()
        for handed in predecessor?.sockets ?? [] {
            if let socket = try handed.inherited() { sockets.append(socket) }
        }
        let isBehindServer = getenv(behindServer) != nil
        unsetenv(behindServer)
        return Surroundings(
            sockets: sockets,
            manager: manager,
            predecessor: predecessor,
            isBehindServer: isBehindServer
        )
    }
}
