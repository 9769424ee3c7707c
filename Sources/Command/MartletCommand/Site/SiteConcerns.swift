import MartletAttached
import MartletGateway
import MartletProcesses
import MartletServer
import MartletSettings

/// What can be served, but not as it was meant.
extension Site {
    var concerns: [ConfigurationProblem] {
        [logConcern].compactMap { $0 } + touchConcerns + allHosts.flatMap { redirectConcerns(of: $0) }
            + encryptionConcerns
    }

    /// Users that commands cannot have.
    var commandProblems: [ConfigurationProblem] {
        commands.compactMap { entry in
            guard let user = entry.command.user else { return nil }
            do throws(ChildUserError) {
                _ = try ChildUser(user)
                return nil
            } catch {
                return ConfigurationProblem(place: entry.place(of: "user"), message: "user: \(error)")
            }
        }
    }

    private var logConcern: ConfigurationProblem? {
        guard case .file(let path) = server.accessLog, let problem = FileSystem.problem(withFileToWrite: path),
            let place = origins?.place(of: "access-log")
        else { return nil }
        return ConfigurationProblem(place: place, message: "access-log: \(problem)", weight: .toldByServer)
    }

    /// A file may come later, its folder hardly.
    private var touchConcerns: [ConfigurationProblem] {
        touch.files.enumerated().compactMap { index, file in
            let folder = FileSystem.split(file).folder
            guard FileSystem.kind(of: folder) == .missing else { return nil }
            let root = origins?.root ?? []
            let place =
                origins?.place(of: root + ["touch-reload", "\(index)"]) ?? origins?.place(of: "touch-reload") ?? .start
            return ConfigurationProblem(
                place: place,
                message: "touch-reload: there is no folder \(folder)",
                weight: .concern
            )
        }
    }

    /// Redirects that lead to where they are, again and again.
    private func redirectConcerns(of host: Host) -> [ConfigurationProblem] {
        host.routes.compactMap { route in
            guard case .redirect(let redirect) = route.target, redirect.location.hasPrefix("/"),
                host.route(of: redirect.location)?.path == route.path
            else { return nil }
            return ConfigurationProblem(
                place: route.places.settings["redirect"] ?? route.places.table,
                message: "redirect: \(redirect.location) leads to this route again, so clients go round in circles",
                weight: .concern
            )
        }
    }

    /// What encrypts in vain, and what does not though clients are sent there.
    private var encryptionConcerns: [ConfigurationProblem] {
        // Without an address, the service manager may have some.
        guard !server.addresses.isEmpty else { return [] }
        guard server.addresses.contains(where: { $0.scheme == .https }) else {
            return allHosts.compactMap { $0.tls }.filter { !$0.isAutomatic }
                .map { tls in
                    let rule = tls.site.requiresClients ? ", and with client-ca nobody is answered" : ""
                    return ConfigurationProblem(
                        place: tls.places.table,
                        message: "tls: no address of bind begins with https://, so it is not used\(rule)",
                        weight: .toldByServer
                    )
                }
        }
        guard server.redirectsToHTTPS else { return [] }
        return hosts.compactMap { host in
            guard host.tls == nil, let other = defaultHost.tls ?? hosts.lazy.compactMap(\.tls).first else { return nil }
            let missing = CertificateStore.names(host.names, missingIn: other.site)
            guard !missing.isEmpty else { return nil }
            let names = missing.map { "\($0)" }.joined(separator: ", ")
            return ConfigurationProblem(
                place: host.place,
                message:
                    "no certificate is for \(names), so clients that are sent to https refuse the site; give it one: "
                    + "tls = { certificate = \"cert.pem\", key = \"key.pem\" }, or tls = \"auto\"",
                weight: .concern
            )
        }
    }
}

extension Host {
    /// The route that answers at a path: the same choice as ``Mounts`` makes.
    func route(of location: String) -> Route? {
        let path = Array(location.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
        return path.withUnsafeBytes { bytes in
            routes.filter { $0.path.length(in: bytes) != nil }.max { $0.path.depth < $1.path.depth }
        }
    }
}
