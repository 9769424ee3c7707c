import MartletServer

extension Limits {
    /// The limits in force, in one line for the banner.
    var summary: String { "TODO" }
}

extension BindAddress {
    /// Whether the system chooses the port, so that the same address may be asked for again.
    var isChosenLater: Bool {
        if case .tcp(_, 0) = self { true } else { false }
    }

    /// The address as it is written on the command line.
    var text: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
