import MartletACME
import MartletGateway
import MartletServer
import MartletSettings

/// `[acme]` of a file: where certificates are got from, and where that was said.
struct ACMESettings: Sendable {
    var configuration = ACMEConfiguration.defaults
    private var places = RoutePlaces()

    /// The folder for keys and certificates; nil where there can be none.
    var state: String? { configuration.state ?? StateHome.usual }

    mutating func read(_ table: ConfigurationTable, _ document: ConfigurationDocument) {
        guard let inner = table.inner("acme") else { return }
        inner.read(ACMEConfiguration.settings, into: &configuration)
        inner.refuseTheRest()
        places = RoutePlaces(table: document.places.table(inner.path), path: inner.path)
        for setting in ACMEConfiguration.settings {
            places.settings[setting.key] = document.places.place(of: inner.path + [setting.key])
        }
        let (id, key) = (configuration.externalAccount, configuration.externalKey)
        if (id == nil) != (key == nil) {
            let missing = id == nil ? "eab-key-id" : "eab-key"
            document.add(places.table, "'\(missing)' is missing: an authority gives eab-key-id and eab-key together")
        }
    }

    /// What is wrong with its files.
    fileprivate var problems: [ConfigurationProblem] {
        var problems: [ConfigurationProblem] = []
        func add(_ key: String, _ message: String) {
            problems.append(
                ConfigurationProblem(place: places.settings[key] ?? places.table, message: "\(key): \(message)")
            )
        }
        if let path = configuration.authority,
            let fault = CertificateStore.fault(inAuthority: path, .certificate)
        {
            add("ca", "\(fault)")
        }
        if let state {
            if let problem = FileSystem.problem(withFolderToMake: state) { add("state", problem) }
        } else {
            add(
                "state",
                "there is no folder for keys and certificates: neither XDG_STATE_HOME nor HOME is set; name one"
            )
        }
        return problems
    }
}

extension Site {
    var hasAutomaticCertificates: Bool { hosts.contains { $0.tls?.isAutomatic == true } }

    /// What is wrong with the files that certificates are got with.
    var acmeProblems: [ConfigurationProblem] { hasAutomaticCertificates ? acme.problems : [] }

    /// For the banner; nil where none is got by itself.
    var certificateFact: String? {
        guard hasAutomaticCertificates, let state = acme.state else { return nil }
        let host = acme.configuration.directory.dropFirst("https://".count).prefix { $0 != "/" }
        return "got from \(host), kept in \(state)"
    }

    /// What cannot be: names that no authority certifies, or no way for it to look.
    func checkAutomaticCertificates(_ document: ConfigurationDocument, _ table: ConfigurationTable) {
        let own = "give a certificate of your own: tls = { certificate = \"cert.pem\", key = \"key.pem\" }"
        if let tls = defaultHost.tls, tls.isAutomatic {
            document.add(
                tls.places.table,
                "a certificate is for names, and here every name is answered; write tls = \"auto\" in a site: "
                    + "[site.\"example.com\"]"
            )
        }
        for host in hosts {
            guard let tls = host.tls, tls.isAutomatic else { continue }
            for name in host.names {
                guard let problem = acme.configuration.problem(with: name) else { continue }
                document.add(tls.places.table, "\(problem); or \(own)")
            }
            // That of Let's Encrypt.
            if host.names.count > 100 {
                document.add(
                    tls.places.table,
                    "a certificate has at most 100 names; make several sites of it, or \(own)"
                )
            }
        }
        guard hasAutomaticCertificates, !server.addresses.isEmpty else { return }
        let bind = document.places.place(of: table.path + ["bind"])
        if !server.addresses.contains(where: { $0.scheme == .https }) {
            document.add(
                bind,
                "there is tls = \"auto\", but no address that begins with https://; add \"https://:443\""
            )
        } else if acme.configuration.methods == [.http01], !server.addresses.contains(where: { $0.scheme == .http }) {
            document.add(
                bind,
                "http-01 needs an address with plain http for the authority to look at; add \"http://:80\""
            )
        }
    }
}

extension ACMEConfiguration {
    /// Names that are nobody's (RFC 6761, RFC 6762, RFC 9476): a public authority refuses them.
    private static let privateDomains = [
        "localhost", "local", "test", "example", "invalid", "internal", "onion", "alt",
    ]

    /// Why there will be no certificate for a name; nil if there may be one.
    func problem(with name: HostName) -> String? {
        let text = "\(name)"
        if name.isWildcard {
            return "\(text) cannot be had: authorities prove a wildcard over DNS alone; write each name in 'names'"
        }
        if text.hasPrefix("[") || text.utf8.last.map({ (0x30...0x39).contains($0) }) == true {
            return "\(text) cannot be had: it is an address, and certificates are got for names"
        }
        let labels = text.split(separator: ".")
        guard directory == Self.letsEncrypt, let last = labels.last else { return nil }
        if labels.count < 2 || Self.privateDomains.contains(String(last)) {
            return
                "\(text) cannot be had: it is no name of the public DNS; name an authority of your own as 'directory' in [acme]"
        }
        return nil
    }
}
