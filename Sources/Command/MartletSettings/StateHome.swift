import Glibc

/// Where programs keep what has to last and is nobody's document.
package enum StateHome {
    /// That of the service manager, if it has made one (`StateDirectory=` of systemd, which may name several), else the user's.
    package static var usual: String? {
        variable("STATE_DIRECTORY").map { String($0.prefix { $0 != ":" }) } ?? ofUser
    }

    /// As the XDG Base Directory Specification has it; nil where neither XDG_STATE_HOME nor HOME is set.
    package static var ofUser: String? {
        (variable("XDG_STATE_HOME") ?? variable("HOME").map { "\($0)/.local/state" }).map { "\($0)/martlet" }
    }

    /// Only an absolute path counts.
    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
}
