import FoundationEssentials
import Glibc
import MartletServer
import MartletSettings

/// Whether the addresses of a site's file can be listened at: for `martlet check`.
///
/// The rules:
///
/// 1. A port that another process has is a fault. One that a running server of the same file has is none: that server says over its
///    control socket which file it serves.
/// 2. Where it cannot be known (a process of another user, systemd, which hands its sockets over; a right that the server's user may
///    have), it is a note: whoever checks before a restart is often not the user that serves.
struct AddressChecks {
    private(set) var problems: [ConfigurationProblem] = []
    private(set) var notes: [String] = []

    /// - Parameter asksTheSystem: whether it is looked who has each address; what they do to each other is always looked at.
    init(_ site: Site, asksTheSystem: Bool) {
        var server = site.server
        server.listen(at: [])
        let root = site.origins?.root ?? []
        let place = site.origins?.place(of: root + ["bind"]) ?? .start
        for clash in AddressCheck.clashes(among: server.addresses.map(\.address)) {
            let text =
                "bind: \(clash.second) cannot be listened at beside \(clash.first): one covers the other; leave one of them out"
            problems.append(ConfigurationProblem(place: place, message: text))
        }
        guard asksTheSystem else { return }
        for address in server.addresses {
            switch AddressCheck.trouble(at: address.address) {
            case nil: break
            case .inUse(let holder?) where Self.serves(holder.pid, site): break
            case .inUse(let holder?) where holder.pid == 1:
                notes.append("\(address) is held by process 1 (\(holder.command)), which may hand it over")
            case .inUse(let holder?):
                let text = "bind: \(address) is in use by process \(holder.pid) (\(holder.command))"
                problems.append(ConfigurationProblem(place: place, message: text))
            case .inUse(nil):
                notes.append("\(address) is in use, by a process that this user may not see: this site's own server?")
            case .forbidden(let reason): notes.append("this user cannot listen at \(address): \(reason)")
            case .impossible(let reason):
                let text = "bind: cannot listen at \(address): \(reason)"
                problems.append(ConfigurationProblem(place: place, message: text))
            }
        }
    }

    /// Whether a process is a server of the same file.
    static func serves(_ pid: Int, _ site: Site) -> Bool {
        guard let own = site.origins?.path, let pid = pid_t(exactly: pid), ControlSocket.servers().contains(pid),
            let answer = try? ControlClient.ask(pid, "GET /status"),
            let status = try? JSONDecoder().decode(ServerStatus.self, from: Data(answer.body))
        else { return false }
        return status.file == own
    }
}
