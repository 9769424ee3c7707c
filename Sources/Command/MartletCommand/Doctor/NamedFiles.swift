import Glibc
import MartletFiles
import MartletGateway
import MartletServer
import MartletSettings
import MartletWSGI

/// The files and folders that a site names, each with who uses it, and the modes of what leads to it.
struct NamedFiles {
    private(set) var all: [MachineFacts.NamedFile] = []

    init(_ site: Site) {
        let own = Self.identity(nil)
        let server = Self.identity(site.server.user)
        for host in site.allHosts {
            guard let tls = host.tls?.site else { continue }
            // Root reads them before it becomes another user.
            add("certificate", tls.certificate, .read, own)
            add("key", tls.key, .readSecret, own)
            add("client-ca", tls.clientAuthority, .read, own)
        }
        if case .file(let path) = site.server.accessLog {
            // One that is not there yet is made in its folder.
            let isThere = FileSystem.kind(of: path) == .file
            add("access-log", isThere ? path : FileSystem.split(path).folder, .write, own)
        }
        for address in site.server.addresses {
            guard case .unix(let path) = address.address, !address.address.isAbstract else { continue }
            add("folder of the socket", FileSystem.split(path).folder, .write, own)
        }
        for route in site.routes {
            switch route.target {
            case .wsgi(let python): addDirectory(of: route, python.directory, python.user ?? site.server.user)
            case .swift(let swift): addDirectory(of: route, swift.directory, swift.user ?? site.server.user)
            case .files(let files): add("files of \(route.name)", files.root, .enter, server)
            case .cgi, .redirect, .respond, .proxy, .own: break
            }
        }
    }

    private mutating func addDirectory(of route: Route, _ path: String?, _ user: String?) {
        add("directory of \(route.name)", path, .enter, Self.identity(user))
    }

    private mutating func add(
        _ purpose: String,
        _ path: String?,
        _ use: MachineFacts.NamedFile.Use,
        _ identity: MachineFacts.Identity
    ) {
        guard let path else { return }
        all.append(
            MachineFacts.NamedFile(
                purpose: purpose,
                path: path,
                use: use,
                identity: identity,
                nodes: Self.nodes(of: path)
            )
        )
    }

    /// - Parameter name: `user` or `user:group`; nil, or one that there is not, for that of this process.
    private static func identity(_ name: String?) -> MachineFacts.Identity {
        if let name, let account = try? ProcessUser(name) {
            return MachineFacts.Identity(
                name: account.name,
                user: account.user,
                groups: [account.group] + account.groups
            )
        }
        var groups = [gid_t](repeating: 0, count: Int(NGROUPS_MAX))
        let count = max(0, Int(getgroups(CInt(groups.count), &groups)))
        let own = getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "\(geteuid())"
        return MachineFacts.Identity(name: own, user: geteuid(), groups: [getegid()] + groups.prefix(count))
    }

    private static func nodes(of path: String) -> [MachineFacts.Node]? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        var place = ""
        var nodes: [MachineFacts.Node] = []
        for part in [""] + String(cString: real).split(separator: "/").map(String.init) {
            place = place == "/" ? "/\(part)" : "\(place)/\(part)"
            guard let found = FileSystem.ownership(of: place) else { return nil }
            nodes.append(MachineFacts.Node(path: place, mode: found.mode, owner: found.owner, group: found.group))
        }
        return nodes
    }
}
