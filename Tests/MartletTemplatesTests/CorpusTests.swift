import Foundation
import MartletTemplates
import Testing

/// What Jinja2 renders, and what people are told of errors: the cases in Tests/Corpus/templates.
struct CorpusTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Corpus/templates")

    static let cases: [CaseFile] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".cases") }.sorted().flatMap { name -> [CaseFile] in
            let bytes = (try? Data(contentsOf: folder.appendingPathComponent(name))) ?? Data()
            return CaseFile.cases(of: String(decoding: bytes, as: UTF8.self), file: name)
        }
    }()

    @Test func theCorpusIsThere() {
        #expect(Self.cases.count >= 350)
    }

    @Test(arguments: cases) func aCase(_ one: CaseFile) throws {
        if let expected = one.sections["error"] {
            let error = #expect(throws: TemplateError.self) { try one.render() }
            #expect(error?.description.contains(expected) == true, "\(error?.description ?? "no error")")
        } else {
            #expect(try one.render() == one.sections["expect"])
        }
    }
}
