import Foundation
import MartletTemplates
import Testing

/// Templates in files.
struct FolderTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("templates-\(UUID().uuidString)")

    private func write(_ name: String, _ text: String, at time: TimeInterval? = nil) throws {
        let file = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        if let time {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: time)],
                ofItemAtPath: file.path
            )
        }
    }

    private func templates(autoReload: Bool = false) -> Templates {
        var options = TemplateOptions()
        options.autoReload = autoReload
        return Templates(folder: folder.path, options: options)
    }

    @Test func files() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write("page.html", "{% extends 'sub/layout.html' %}{% block a %}<{{ x }}>{% endblock %}\n")
        try write("sub/layout.html", "[{% block a %}{% endblock %}]\n")
        #expect(try templates().render("page.html", ["x": "&"]) == "[<&amp;>]")
    }

    @Test func whatIsMissing() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write("sub/page.html", "")
        let error = #expect(throws: TemplateError.self) { try templates().render("sub/pgae.html") }
        #expect(
            error?.message
                == "there is no template 'sub/pgae.html' in the folder \(folder.path); did you mean 'sub/page.html'?"
        )
        #expect(error?.kind == .notFound)
        #expect(throws: TemplateError.self) { try templates().render("sub") }
    }

    @Test(arguments: ["../secret", "sub/../../secret", "/etc/passwd", "", "a//b", "./page", "a\u{0}b", ".."])
    func namesThatLeadOut(_ name: String) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write("page", "x")
        try Data("secret".utf8).write(to: folder.deletingLastPathComponent().appendingPathComponent("secret"))
        let error = #expect(throws: TemplateError.self) { try templates().render(name) }
        #expect(error?.kind == .notFound)
    }

    @Test func textThatIsNoUTF8() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data([0x61, 0xFF]).write(to: folder.appendingPathComponent("page"))
        let error = #expect(throws: TemplateError.self) { try templates().render("page") }
        #expect(error?.message == "\(folder.path)/page: is no UTF-8; save it in this encoding")
    }

    @Test func errorsNameTheFile() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write("page.html", "line\n  {{ 1/0 }}\n")
        let error = #expect(throws: TemplateError.self) { try templates().render("page.html") }
        #expect(error?.description == "\(folder.path)/page.html:2:6: division by zero\n  2 |   {{ 1/0 }}\n    |      ^")
    }

    @Test func savedFilesAreReadAgain() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write("page", "{% include 'part' %}", at: 1_000)
        try write("part", "one", at: 1_000)
        let (reloading, fixed) = (templates(autoReload: true), templates())
        #expect(try reloading.render("page") == "one")
        #expect(try fixed.render("page") == "one")
        // Another time; and then another length at the same time.
        try write("part", "two", at: 2_000)
        #expect(try reloading.render("page") == "two")
        try write("part", "three", at: 2_000)
        #expect(try reloading.render("page") == "three")
        #expect(try fixed.render("page") == "one")
        try FileManager.default.removeItem(at: folder.appendingPathComponent("part"))
        #expect(throws: TemplateError.self) { try reloading.render("page") }
        #expect(try fixed.render("page") == "one")
    }

    @Test func theCacheIsBounded() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        for number in 0..<10 { try write("t\(number)", "first \(number)") }
        var options = TemplateOptions()
        options.cacheSize = 3
        let templates = Templates(folder: folder.path, options: options)
        for number in 0..<10 { #expect(try templates.render("t\(number)") == "first \(number)") }
        for number in 0..<10 { try write("t\(number)", "second") }
        #expect(try templates.render("t9") == "first 9")
        #expect(try templates.render("t8") == "first 8")
        #expect(try templates.render("t0") == "second")
    }
}
