import MartletWSGI
import Testing

@testable import MartletCommand

@Suite struct SiteDraftTests {
    private func read(_ text: String) throws -> Site {
        try Site(ConfigurationText(name: "martlet.toml", text: text), folder: "/")
    }

    private static let subjects: [Finding.Subject?] = [
        .python(PythonChoice(application: "hello:app")),
        .python(PythonChoice(application: "shop:create_app()", directory: "usr", environment: ["A": "x\"\\\u{1}${B}"])),
        .files("usr"), .package(product: "shop"), .package(product: nil), .scripts("cgi-bin"), .php("public"),
        nil,
    ]

    @Test(arguments: subjects)
    func isRead(subject: Finding.Subject?) throws {
        let text = SiteDraft(subject: subject, alternatives: [PythonChoice(application: "other:app", directory: "x")])
            .text
        let site = try read(text)
        if subject == nil, case .respond = site.routes[0].target {} else { #expect(subject != nil) }
        #expect(site.routes.count == 1)
        if case .python(let choice) = subject, case .wsgi(let python) = site.routes[0].target {
            #expect(python.application == choice.application)
            #expect(python.environment == choice.environment)
        }
        #expect(!text.split(separator: "\n").contains { $0.count > 140 })
    }

    /// A default, and an example, is what could be written there.
    @Test(arguments: subjects)
    func everyLineCanBePutInForce(subject: Finding.Subject?) throws {
        let text = SiteDraft(subject: subject).text.split(separator: "\n").filter { !$0.contains("secret-key") }
            .map { line in
                let rest = line.dropFirst(2)
                let isLine =
                    line.hasPrefix("# ")
                    && (rest.hasPrefix("[")
                        || rest.prefix { $0 != " " }.allSatisfy { $0.isLetter || $0 == "-" } && rest.contains(" = "))
                return isLine ? rest : line
            }
            .joined(separator: "\n")
        _ = try read(text)
    }
}
