import MartletServer

/// What a service manager such as systemd has to do with this process.
struct Surroundings: Sendable {
    /// Opened by it, with socket activation.
    var sockets: [InheritedSocket] = []
    /// Wants to know what the service does.
    var manager: ServiceManager?

    /// Takes what is there out of the environment. To be called before anything else runs.
    ///
    /// - Throws: ``SocketActivationError``.
    static func take() throws(SocketActivationError) -> Surroundings {
        let manager = ServiceManager.take()
        return Surroundings(sockets: try SocketActivation.take(), manager: manager)
    }
}
