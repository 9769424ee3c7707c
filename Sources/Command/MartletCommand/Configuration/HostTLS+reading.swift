import MartletGateway
import MartletServer
import MartletSettings

/// What a site encrypts with, and where it says so.
struct HostTLS: Sendable {
    var site: TLSSite
    /// Whether its certificate is got by itself.
    var isAutomatic = false
    var places: RoutePlaces

    /// What stands for a certificate that is got by itself.
    static let automatic = "auto"

    /// Nil where the table has no `tls`.
    init?(reading table: ConfigurationTable, _ document: ConfigurationDocument) {
        let path = table.path + ["tls"]
        let place = document.places.place(of: path)
        if let text = table.text("tls") {
            guard text == Self.automatic else {
                document.add(
                    place,
                    "there is no tls '\(text)'; write tls = \"auto\", or tls = { certificate = \"cert.pem\", key = \"key.pem\" }"
                )
                return nil
            }
            site = TLSSite()
            isAutomatic = true
            places = RoutePlaces(table: place, path: path)
            return
        }
        guard let inner = table.inner("tls") else { return nil }
        site = TLSSite()
        inner.read(TLSSite.settings, into: &site)
        isAutomatic = inner.text("certificate") == Self.automatic
        inner.refuseTheRest()
        places = RoutePlaces(table: document.places.key(path), path: path)
        for setting in TLSSite.settings {
            places.settings[setting.key] = document.places.place(of: path + [setting.key])
        }
        let mode = path + [TLSSite.clientMode]
        if document.places.values[mode] != nil, site.clientAuthority == nil {
            document.add(document.places.key(mode), "\(TLSSite.clientMode) \(TLSSite.missingAuthority)")
        }
        if isAutomatic {
            site.certificate = nil
            if site.key != nil {
                document.add(document.places.key(path + ["key"]), "a certificate that is got by itself has its own key")
                site.key = nil
            }
        } else if let missing = site.missing ?? (site.certificate == nil ? "certificate" : nil) {
            document.add(
                places.table,
                "'\(missing)' is missing: tls = { certificate = \"cert.pem\", key = \"key.pem\" }"
            )
        }
    }

    /// What is wrong with its files.
    ///
    /// - Parameter inUse: files that the running server has read. If it may not read them again, it goes on with what it has.
    func problem(inUse: Set<String>) -> ConfigurationProblem? {
        CertificateStore.fault(in: site).map { fault in
            let key = fault.subject.rawValue
            return ConfigurationProblem(
                place: places.settings[key] ?? places.table,
                message: "\(key): \(fault)",
                weight: fault.isTolerable || fault.isForbidden && inUse.isSuperset(of: site.files)
                    ? .toldByServer : .fault
            )
        }
    }
}

extension Site {
    /// Gives the server what the hosts encrypt with.
    ///
    /// - Parameter listens: whether its addresses will be listened at; else they need no certificates.
    mutating func readEncryption(_ document: ConfigurationDocument, _ table: ConfigurationTable, listens: Bool) {
        for (index, host) in hosts.enumerated() { hosts[index].tls?.site.names = host.names }
        server.tls = TLSSettings(sites: allHosts.compactMap { $0.tls?.site })
        let hasTLS = allHosts.contains { $0.tls != nil } || !document.problems.isEmpty
        checkAutomaticCertificates(document, table)
        guard listens, !hasTLS, let address = server.addresses.first(where: { $0.scheme == .https }) else { return }
        document.add(
            document.places.place(of: table.path + ["bind"]),
            "\(address) needs a certificate: tls = { certificate = \"cert.pem\", key = \"key.pem\" }, at the top or in a site; "
                + "or tls = \"auto\" in a site"
        )
    }
}
