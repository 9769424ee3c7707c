import MartletAttached
import MartletGateway
import MartletProcesses
import MartletServer
import MartletSettings

/// What of a site will not be as it was meant, as far as that is known before anything starts. What its targets and policies need is
/// theirs to say.
struct SiteConcerns {
    let site: Site

    /// What can be served nevertheless.
    var all: [ConfigurationProblem] {
        [log].compactMap { $0 } + touchedFiles + site.allHosts.flatMap { redirects(of: $0) } + encryption
    }

    /// Users that commands cannot have: faults.
    var ofCommands: [ConfigurationProblem] {
        site.commands.compactMap { entry in
            guard let user = entry.command.user else { return nil }
            do throws(ChildUserError) {
                _ = try ChildUser(user)
                return nil
            } catch {
                return ConfigurationProblem(place: entry.place(of: "user"), message: "user: \(error)")
            }
        }
    }

    private var log: ConfigurationProblem? {
        guard case .file(let path) = site.server.accessLog, let problem = FileSystem.problem(withFileToWrite: path),
            let place = site.origins?.place(of: "access-log")
        else { return nil }
        return ConfigurationProblem(place: place, message: "access-log: \(problem)", weight: .toldByServer)
    }

    /// A file may come later, its folder hardly.
    private var touchedFiles: [ConfigurationProblem] {
        site.touch.files.enumerated().compactMap { index, file in
            let folder = FileSystem.split(file).folder
            guard FileSystem.kind(of: folder) == .missing else { return nil }
            let root = site.origins?.root ?? []
            let place =
                site.origins?.place(of: root + ["touch-reload", "\(index)"]) ?? site.origins?.place(of: "touch-reload")
                ?? .start
            return ConfigurationProblem(
                place: place,
                message: "touch-reload: there is no folder \(folder)",
                weight: .concern
            )
        }
    }

    /// Redirects that lead to where they are, again and again.
    private func redirects(of host: Host) -> [ConfigurationProblem] {
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
    private var encryption: [ConfigurationProblem] {
        // Without an address, the service manager may have some.
        guard !site.server.addresses.isEmpty else { return [] }
        guard site.server.addresses.contains(where: { $0.scheme == .https }) else {
            return site.allHosts.compactMap { $0.tls }.filter { !$0.isAutomatic }
                .map { tls in
                    let rule = tls.site.requiresClients ? ", and with client-ca nobody is answered" : ""
                    return ConfigurationProblem(
                        place: tls.places.table,
                        message: "tls: no address of bind begins with https://, so it is not used\(rule)",
                        weight: .toldByServer
                    )
                }
        }
        guard site.server.redirectsToHTTPS else { return [] }
        return site.hosts.compactMap { host in
            guard host.tls == nil, let other = site.defaultHost.tls ?? site.hosts.lazy.compactMap(\.tls).first else {
                return nil
            }
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
