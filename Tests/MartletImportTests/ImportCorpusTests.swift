import Foundation
import Testing

@testable import MartletImport

/// `Tests/Corpus/import`: files of other servers, what they become (`.toml`), and what is said of the rest (`.report`).
@Suite struct ImportCorpusTests {
    static let folder =
        String(
            #filePath.prefix(upTo: #filePath.firstRange(of: "/MartletImportTests/")?.lowerBound ?? #filePath.endIndex)
        ) + "/Corpus/import"

    static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
        .filter { name in [".ini", ".py", "Procfile"].contains { name.hasSuffix($0) } }.sorted()

    /// How the file would be called.
    static func usualName(_ name: String) -> String {
        if name.hasSuffix("Procfile") { return "Procfile" }
        return name.hasSuffix(".py") ? "gunicorn.conf.py" : "uwsgi.ini"
    }

    static func text(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data(), as: UTF8.self)
    }

    private func translate(_ name: String, sharesFolder: Bool = true) throws -> Translation {
        let text = Self.text(name)
        let usual = Self.usualName(name)
        return try Import.translate(
            text,
            as: try Import.kind(of: usual, section: nil, text),
            place: PathPlace(of: "/srv/site/\(usual)", sharesFolder: sharesFolder),
            source: usual
        )
    }

    private func compare(_ actual: String, _ name: String) throws {
        if let update = ProcessInfo.processInfo.environment["UPDATE_CORPUS"], !update.isEmpty {
            try actual.write(toFile: "\(Self.folder)/\(name)", atomically: true, encoding: .utf8)
        }
        #expect(actual == Self.text(name))
    }

    @Test(arguments: names)
    func becomesWhatIsExpected(name: String) throws {
        let translation = try translate(name)
        try compare(translation.text, "\(name).toml")
        try compare(translation.report, "\(name).report")
    }

    /// A file that stands elsewhere leads to the same places.
    @Test func pathsAreAbsoluteElsewhere() throws {
        let text = try translate("02-flask-vassal.ini", sharesFolder: false).text
        #expect(text.contains("directory = \"/srv/site/app\""))
        #expect(text.contains("python = \"/srv/site/venv/bin/python\""))
        let other = try translate("03-static-map.ini", sharesFolder: false).text
        #expect(other.contains("files = \"/srv/site/static\""))
        let bare = try translate("13-heroku.Procfile", sharesFolder: false).text
        #expect(bare.contains("directory = \"/srv/site\""))
    }

    /// No line is lost: what is not a comment, a section or a name for another value is in the new file or in the report.
    @Test(arguments: names.filter { $0.hasSuffix(".ini") })
    func nothingIsLost(name: String) throws {
        let translation = try translate(name)
        for section in try INIText(Self.text(name)).sections where section.name == "uwsgi" {
            var isInBlock = false
            for line in section.lines {
                if line.key == "for" || line.key.hasPrefix("if-") { isInBlock = true }
                defer { if ["endfor", "endif"].contains(line.key) { isInBlock = false } }
                if isInBlock || ["set-placeholder", "endfor", "endif"].contains(line.key) { continue }
                if Self.text(name).contains("%(\(line.key))") || line.value.hasPrefix(":") && line.key == "ini" {
                    continue
                }
                let isThere = translation.text.contains("uwsgi.ini:\(line.number) ")
                let isTold = translation.notes.contains { $0.line == line.number }
                #expect(isThere || isTold, "\(line.number): \(line.key) = \(line.value)")
            }
        }
    }
}

@Suite struct ImportKindTests {
    @Test(arguments: [
        ("uwsgi.ini", "[uwsgi]\n", Import.Kind.uwsgi(section: "uwsgi")),
        ("gunicorn.conf.py", "", .gunicorn),
        ("Procfile", "web: x", .procfile),
        ("Procfile.dev", "web: x", .procfile),
        ("shop.cfg", "x\n[uwsgi]\n", .uwsgi(section: "uwsgi")),
    ])
    func isKnown(name: String, text: String, kind: Import.Kind) throws {
        #expect(try Import.kind(of: name, section: nil, text) == kind)
    }

    @Test(arguments: [
        (
            "uwsgi.yaml", "uwsgi:\n",
            "uwsgi.yaml is YAML, which is not translated. Write it as INI, below [uwsgi]: each 'key: value' below 'uwsgi:' becomes 'key = value'."
        ),
        (
            "uwsgi.xml", "<uwsgi>",
            "uwsgi.xml is XML, which is not translated. Write it as INI, below [uwsgi]: each '<key>value</key>' becomes 'key = value'."
        ),
        (
            "uwsgi.json", "{}",
            "uwsgi.json is JSON, which is not translated. Write it as INI, below [uwsgi]: each '\"key\": \"value\"' becomes 'key = value'."
        ),
        (
            "uwsgi", " <uwsgi>",
            "uwsgi is XML, which is not translated. Write it as INI, below [uwsgi]: each '<key>value</key>' becomes 'key = value'."
        ),
        (
            "nginx.conf", "server {}",
            "nginx.conf is none of the files that are translated: uWSGI's (.ini, with a section [uwsgi]), gunicorn.conf.py, Procfile."
        ),
    ])
    func isRefused(name: String, text: String, words: String) {
        #expect(throws: ImportError(words)) { try Import.kind(of: name, section: nil, text) }
    }

    @Test(arguments: [
        (
            "[uwsgi]\nini = :a\n[a]\nattach-daemon = x\nini = :b\n[b]\ninclude = :a\n",
            "the sections of uwsgi.ini go round in circles: [a] takes [b] in (line 5), [b] takes [a] in (line 7); take one of these lines out."
        ),
        ("[uwsgi]\nmodule = a\nini = :uwsgi\n", "[uwsgi] of uwsgi.ini takes itself in (line 3); take that line out."),
    ])
    func refusesCircles(text: String, words: String) {
        #expect(throws: ImportError(words)) {
            try Import.translate(
                text,
                as: .uwsgi(section: "uwsgi"),
                place: PathPlace(of: "/uwsgi.ini", sharesFolder: true),
                source: "uwsgi.ini"
            )
        }
    }

    /// uWSGI does as it is told twice, so it is there twice.
    @Test func takesASectionInTwice() throws {
        let translation = try Import.translate(
            "[uwsgi]\nmodule = a\nini = :a\nini = :a\n[a]\nattach-daemon = x\n",
            as: .uwsgi(section: "uwsgi"),
            place: PathPlace(of: "/uwsgi.ini", sharesFolder: true),
            source: "uwsgi.ini"
        )
        #expect(translation.text.components(separatedBy: "run = \"x\"").count == 3)
    }

    @Test func namesTheSectionsThatThereAre() {
        #expect(throws: ImportError("u.ini has no section [shop]; it has [uwsgi], [a]. Name one: u.ini:NAME")) {
            try Import.translate(
                "[uwsgi]\n[a]\n",
                as: .uwsgi(section: "shop"),
                place: PathPlace(of: "/u.ini", sharesFolder: true),
                source: "u.ini"
            )
        }
    }
}
