import FoundationEssentials
import MartletGateway
import MartletServer
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
        Folder.names(in: "\(corpus)/\(folder)").filter { $0.hasSuffix(".toml") }
    }

    private func text(_ path: String) throws -> String {
        String(decoding: try #require(FileManager.default.contents(atPath: "\(Self.corpus)/\(path)")), as: UTF8.self)
    }

    private func read(_ folder: String, _ name: String) throws -> SiteConfiguration {
        let text = ConfigurationText(name: "martlet.toml", text: try text("\(folder)/\(name)"))
        let root = name.hasSuffix("pyproject.toml") ? ["tool", "martlet"] : []
        return try SiteConfiguration(text, in: root, folder: "\(Self.corpus)/site")
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

    @Test func everySettingOfThePageIsInTheCorpus() throws {
        let text = try text("valid/002-every-setting.toml")
        for match in SettingsPage.render().matches(of: /(?m)^\| `[^`]+` \| `([a-z-]+)` \|/) {
            #expect(text.contains(match.output.1), "\(match.output.1)")
        }
    }
}

/// A site as text: only what is not the default.
private enum SiteText {
    static func render(_ site: SiteConfiguration) -> String {
        var lines = site.server([]).addresses.map { "bind \($0)" }
        lines.append("socket-mode \(String(site.socketMode, radix: 8))")
        lines.append("socket-owner \(site.socketOwner.map { "\($0.user ?? .max):\($0.group ?? .max)" } ?? "own")")
        lines.append("access-log \(site.accessLog)")
        lines.append("access-log-format \(site.accessLogFormat)")
        lines.append("trusted-proxy \(site.trustedProxies.map { "\($0)" })")
        lines.append("forwarded-fields \(site.forwardedFields)")
        lines.append("grace \(site.grace)")
        lines.append("log-level \(site.logLevel)")
        for limit in Setting.limits where limit.text(in: site.limits) != limit.defaultText {
            lines.append("\(limit.name) \(limit.text(in: site.limits))")
        }
        for application in site.applications.sorted(by: { "\($0.path)" < "\($1.path)" }) {
            lines.append("application \(application.path)")
            lines += fields(of: application.python)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func fields(of pool: PythonConfiguration) -> [String] {
        let defaults = Dictionary(
            Mirror(reflecting: Settings.pool).children.map { ($0.label ?? "", "\($0.value)") },
            uniquingKeysWith: { $1 }
        )
        return Mirror(reflecting: pool).children.compactMap { label, value in
            let name = label ?? ""
            if let variables = value as? [String: String] {
                return variables.isEmpty
                    ? nil : "  \(name) \(variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })"
            }
            let text = "\(value)"
            return text == defaults[name] ? nil : "  \(name) \(text)"
        }
    }
}
