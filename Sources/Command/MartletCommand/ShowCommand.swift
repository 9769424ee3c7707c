import ArgumentParser
import MartletACME
import MartletAttached
import MartletBytes
import MartletCGIScripts
import MartletFiles
import MartletProxy
import MartletServer
import MartletSettings
import MartletWSGI

/// `martlet show [FILE]`: everything that is in force, and where it comes from.
struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print all settings of a configuration file as they are in force, and where each comes from.",
        usage: "martlet show [FILE]",
        discussion: """
            What a value takes from a file, or from a variable that is named like a secret, is not printed.

            EXAMPLES:
              martlet show
              martlet show /srv/site/martlet.toml
            """
    )

    @Argument(
        help: ArgumentHelp("The file; a folder to find it in; or nothing for the current folder.", valueName: "FILE"),
        completion: .file()
    )
    var file: String?

    func run() throws {
        do {
            print(SiteListing(try ConfigurationFile(at: file).read()).render(), terminator: "")
        } catch {
            StandardError.write("\(error)")
            throw ProgramExit.failure.code
        }
    }
}

/// All settings of a site, in the form of its file.
struct SiteListing {
    private let site: Site
    private var lines: [String] = []

    init(_ site: Site) { self.site = site }

    func render() -> String {
        var listing = self
        listing.add()
        return listing.lines.joined(separator: "\n") + "\n"
    }

    private mutating func add() {
        let root = site.origins?.root ?? []
        var server = site.server
        server.listen(at: [])
        if !root.isEmpty { lines.append("[\(root.dotted)]") }
        add(ServerConfiguration.settings, of: server, at: root)
        add(LogConfiguration.settings, of: site.log, at: root)
        add(TouchConfiguration.settings, of: site.touch, at: root)
        addTLS(of: site.defaultHost, at: root)
        addTable(root + ["limits"])
        add(Limits.settings, of: site.server.limits, at: root + ["limits"])
        add(site.policies, at: root)
        if site.hasAutomaticCertificates {
            addTable(root + ["acme"])
            add(ACMEConfiguration.settings, of: site.acme.configuration, at: root + ["acme"])
        }
        for host in site.allHosts {
            if let title = host.title {
                addTable(root + ["site", title])
                add(Host.settings, of: host, at: root + ["site", title])
                addTLS(of: host, at: root + ["site", title])
                add(host.policies, at: root + ["site", title])
            }
            for route in host.routes { add(route) }
        }
        for entry in site.commands {
            addTable(entry.places.path)
            add(AttachedCommand.settings, of: entry.command, at: entry.places.path)
        }
    }

    private mutating func addTLS(of host: Host, at path: [String]) {
        guard let tls = host.tls else { return }
        if tls.isAutomatic, site.origins?.isGiven(path + ["tls", "certificate"]) != true {
            return addLine("tls = \"\(HostTLS.automatic)\"", at: path + ["tls"])
        }
        addTable(path + ["tls"])
        var site = tls.site
        if tls.isAutomatic { site.certificate = HostTLS.automatic }
        add(TLSSite.settings, of: site, at: path + ["tls"])
    }

    private mutating func add(_ route: Route) {
        let path = route.places.path
        addTable(path)
        switch route.target {
        case .wsgi(let python): add(PythonConfiguration.settings, of: python, at: path)
        case .files(let files): add(FilesConfiguration.settings, of: files, at: path)
        case .cgi(let scripts): add(ScriptsConfiguration.settings, of: scripts, at: path)
        case .redirect(let redirect): add(RedirectConfiguration.settings, of: redirect, at: path)
        case .respond(let response): add(FixedResponse.settings, of: response, at: path)
        case .proxy(let proxy): add(ProxyConfiguration.settings, of: proxy, at: path)
        case .swift(let swift): add(SwiftConfiguration.settings, of: swift, at: path)
        case .own: break
        }
        add(route.policies, at: path)
    }

    private mutating func add(_ policies: PolicySettings, at path: [String]) {
        for type in PolicySettings.types { add(type, of: policies, at: path) }
    }

    private mutating func add<Policy: PolicyConfiguration>(
        _: Policy.Type,
        of policies: PolicySettings,
        at path: [String]
    ) {
        let path = path + [Policy.key]
        switch policies[keyPath: Policy.path] {
        case .unsaid: break
        case .off:
            addTable(path)
            lines.append("# false".padded(to: 48) + " # " + (site.origins?.text(path) ?? "default"))
        case .on(let policy, let places):
            addTable(path)
            // In short, the value stands at the key of the policy itself.
            let isShort = site.origins?.isGiven(path) == true && places.settings.count == 1
            add(Policy.settings, of: policy, at: path, short: isShort ? places.settings.keys.first : nil)
        }
    }

    private mutating func addTable(_ path: [String]) { lines += ["", "[\(path.dotted)]"] }

    /// - Parameter short: the setting whose value stands at the path itself.
    private mutating func add<Root>(
        _ settings: [Setting<Root>],
        of root: Root,
        at path: [String],
        short: String? = nil
    ) {
        for setting in settings {
            let path = setting.key == short ? path : path + [setting.key]
            let value = site.origins?.isSecret(path) == true ? "(not shown)" : setting.text(in: root)
            let isBare = [.number, .fraction, .truth].contains(setting.format.inFile)
            let text = "\([setting.key].dotted) = \(isBare ? value : "\"\(value)\"")"
            addLine(text, at: path)
        }
    }

    private mutating func addLine(_ text: String, at path: [String]) {
        lines.append(text.padded(to: 48) + " # " + (site.origins?.text(path) ?? "default"))
    }
}
