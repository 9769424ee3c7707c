import FoundationEssentials
import MartletACME
import MartletAttached
import MartletCGIScripts
import MartletFiles
import MartletGateway
import MartletProxy
import MartletServer
import MartletSettings
import MartletWSGI
import Testing

@testable import MartletCommand

/// `Tests/Corpus/config`: files, and what is understood of them or said about them.
@Suite struct ConfigurationCorpusTests {
    static let corpus =
        String(
            #filePath.prefix(upTo: #filePath.firstRange(of: "/MartletCommandTests/")?.lowerBound ?? #filePath.endIndex)
        ) + "/Corpus/config"

    static func names(_ folder: String) -> [String] {
        FileSystem.names(in: "\(corpus)/\(folder)").filter { $0.hasSuffix(".toml") }
    }

    private func text(_ path: String) throws -> String {
        String(decoding: try #require(FileManager.default.contents(atPath: "\(Self.corpus)/\(path)")), as: UTF8.self)
    }

    private func read(_ folder: String, _ name: String) throws -> Site {
        let text = ConfigurationText(name: "martlet.toml", text: try text("\(folder)/\(name)"))
        let root = name.hasSuffix("pyproject.toml") ? ["tool", "martlet"] : []
        return try Site(text, in: root, folder: "\(Self.corpus)/site")
    }

    private func compare(_ actual: String, _ folder: String, _ name: String) throws {
        let file = "\(folder)/\(name.dropLast(5)).expect"
        let actual = actual.replacing("\(Self.corpus)/site", with: "SITE")
            .replacing("here \(Processors.available)", with: "here CORES")
        if let update = ProcessInfo.processInfo.environment["UPDATE_CORPUS"], !update.isEmpty {
            try actual.write(toFile: "\(Self.corpus)/\(file)", atomically: true, encoding: .utf8)
        }
        #expect(actual == (try text(file)))
    }

    @Test(arguments: names("valid"))
    func understands(name: String) throws {
        try compare(SiteText.render(try read("valid", name)), "valid", name)
    }

    @Test(arguments: names("invalid"))
    func saysWhatIsWrong(name: String) throws {
        do {
            _ = try read("invalid", name)
            Issue.record("\(name) was accepted")
        } catch let error as ConfigurationError {
            try compare(error.description, "invalid", name)
        }
    }
}

/// A site as text: of limits and applications only what is not the default.
private enum SiteText {
    static func render(_ site: Site) -> String {
        var server = site.server
        server.listen(at: [])
        var lines = server.addresses.map { "bind \($0)" }
        for setting in ServerConfiguration.settings.dropFirst() {
            lines.append("\(setting.name) \(setting.text(in: server))")
        }
        lines += LogConfiguration.settings.map { "\($0.name) \($0.text(in: site.log))" }
        lines += changed(TouchConfiguration.settings, in: site.touch)
        lines += changed(Limits.settings, in: site.server.limits)
        lines += changed(ACMEConfiguration.settings, in: site.acme.configuration).map { "acme \($0)" }
        for host in site.hosts {
            lines.append("site \(host.names.map { "\($0)" }.joined(separator: " "))")
            if let tls = host.tls {
                if tls.isAutomatic { lines.append("  tls auto") }
                lines += changed(TLSSite.settings, in: tls.site).map { "  \($0)" }
            }
        }
        for entry in site.commands {
            lines.append("command \(entry.command.name)")
            lines += changed(AttachedCommand.settings, in: entry.command).map { "  \($0)" }
        }
        for route in site.routes.sorted(by: { $0.name < $1.name }) {
            lines.append("route \(route.name)")
            let settings =
                switch route.target {
                case .wsgi(let python): changed(PythonConfiguration.settings, in: python)
                case .files(let files): changed(FilesConfiguration.settings, in: files)
                case .cgi(let scripts): changed(ScriptsConfiguration.settings, in: scripts)
                case .redirect(let redirect): changed(RedirectConfiguration.settings, in: redirect)
                case .respond(let response): changed(FixedResponse.settings, in: response)
                case .proxy(let proxy): changed(ProxyConfiguration.settings, in: proxy)
                case .swift(let swift): changed(SwiftConfiguration.settings, in: swift)
                case .own(let own): [own.name]
                }
            lines += settings.map { "  " + $0 }
            let outer = site.allHosts.first { $0.title == route.host }?.policies ?? PolicySettings()
            let policies = route.policies.within(outer.within(site.policies))
            lines += policies.summaries.map { "  policy \($0.key): \($0.text)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func changed<Root: Configurable>(_ settings: [Setting<Root>], in root: Root) -> [String] {
        settings.filter { $0.text(in: root) != $0.text(in: .defaults) }.map { "\($0.name) \($0.text(in: root))" }
    }
}
