import ArgumentParser
import MartletBytes
import MartletFiles
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
        help: ArgumentHelp("The file; a folder to find it in; or nothing for the current folder.", valueName: "FILE")
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
        addTLS(of: site.defaultHost, at: root)
        addTable(root + ["limits"])
        add(Limits.settings, of: site.server.limits, at: root + ["limits"])
        for host in site.allHosts {
            if let title = host.title {
                addTable(root + ["site", title])
                add(Host.settings, of: host, at: root + ["site", title])
                addTLS(of: host, at: root + ["site", title])
            }
            for route in host.routes { add(route) }
        }
    }

    private mutating func addTLS(of host: Host, at path: [String]) {
        guard let tls = host.tls else { return }
        addTable(path + ["tls"])
        add(TLSSite.settings, of: tls.site, at: path + ["tls"])
    }

    private mutating func add(_ route: Route) {
        let path = route.places.path
        addTable(path)
        switch route.target {
        case .wsgi(let python): add(PythonConfiguration.settings, of: python, at: path)
        case .files(let files): add(FilesConfiguration.settings, of: files, at: path)
        case .redirect(let redirect): add(RedirectConfiguration.settings, of: redirect, at: path)
        case .respond(let response): add(FixedResponse.settings, of: response, at: path)
        }
    }

    private mutating func addTable(_ path: [String]) { lines += ["", "[\(path.dotted)]"] }

    private mutating func add<Root>(_ settings: [Setting<Root>], of root: Root, at path: [String]) {
        for setting in settings {
            let path = path + [setting.key]
            let value = site.origins?.isSecret(path) == true ? "(not shown)" : setting.text(in: root)
            let isBare = [.number, .fraction, .truth].contains(setting.format.inFile)
            let text = "\([setting.key].dotted) = \(isBare ? value : "\"\(value)\"")"
            lines.append(text.padded(to: 48) + " # " + (site.origins?.text(path) ?? "default"))
        }
    }
}
