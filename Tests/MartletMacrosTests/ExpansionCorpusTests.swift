#if Decorators
import Foundation
import Testing

@Suite struct ExpansionCorpusTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Corpus/decorators")

    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".case") }.sorted()
    }()

    @Test("The corpus is there")
    func corpus() { #expect(Self.names.count >= 30) }

    @Test("What decorators make of a source", arguments: names)
    func expansion(_ name: String) throws {
        let file = Self.folder.appending(path: name)
        let parts = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n----\n")
        let source = try #require(parts.first)
        let outcome = Expansion(of: source).text
        if ProcessInfo.processInfo.environment["MARTLET_WRITE_CORPUS"] != nil {
            try "\(source)\n----\n\(outcome)\n".write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(parts.dropFirst().joined(separator: "\n----\n") == outcome + "\n")
    }
}
#endif
