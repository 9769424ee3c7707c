import Foundation
import MartletForms
import Testing
import form_reader

/// Every form of Tests/Corpus/forms, whole and in pieces.
@Suite struct FormCorpusTests {
    @Test(arguments: CorpusForm.all)
    func formIsReadAsExpectedHoweverItIsCut(form: CorpusForm) throws {
        let file = FormFile(try form.bytes)
        let expected = try form.expected
        for pieces in Pieces.all(file.body, seed: 1) {
            let record = FormRecord.of(contentType: file.contentType, pieces: pieces)
            #expect(record.lines == expected)
        }
    }

    @Test func corpusIsThere() {
        #expect(CorpusForm.all.filter { $0.url.path.contains("/valid/") }.count >= 50)
        #expect(CorpusForm.all.filter { $0.url.path.contains("/invalid/") }.count >= 50)
    }
}

struct CorpusForm: Sendable, CustomTestStringConvertible {
    let url: URL

    var testDescription: String { url.deletingPathExtension().lastPathComponent }

    var bytes: [UInt8] { get throws { Array(try Data(contentsOf: url)) } }

    /// Without what is said of Werkzeug.
    var expected: [String] {
        get throws {
            let text = try String(
                contentsOf: url.deletingPathExtension().appendingPathExtension("expect"),
                encoding: .utf8
            )
            return text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("Werkzeug: ") }
        }
    }

    static let all: [CorpusForm] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Corpus/forms")
        return ["valid", "invalid", "encoders"].flatMap { kind in
            let files = try? FileManager.default.contentsOfDirectory(
                at: folder.appending(path: kind),
                includingPropertiesForKeys: nil
            )
            return (files ?? []).filter { $0.pathExtension == "http" }
                .sorted { $0.lastPathComponent < $1.lastPathComponent }
        }.map(CorpusForm.init)
    }()
}
