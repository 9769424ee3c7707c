import Foundation
import Testing

@testable import MartletHTTP2

/// Every file of Tests/Corpus/http2, whole and byte by byte.
@Suite struct HTTP2CorpusTests {
    struct File: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let outcome: String
        let sent: [UInt8]

        init(_ url: URL) throws {
            testDescription = url.deletingPathExtension().lastPathComponent
            var lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").dropFirst()
            outcome = String(lines.popFirst() ?? "")
            sent = lines.flatMap { $0.split(separator: " ") }.flatMap { part -> [UInt8] in
                let parts = part.split(separator: "*")
                let data = bytes(String(parts[0]))
                return (0..<(parts.count > 1 ? Int(parts[1]) ?? 0 : 1)).flatMap { _ in data }
            }
        }

        static let all = files("http2")
        /// What upstreams send, to a request on stream 1.
        static let answers = files("http2-answers")

        private static func files(_ name: String) -> [File] {
            let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .appendingPathComponent("Corpus/\(name)")
            let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            return (files ?? []).filter { $0.pathExtension == "hex" }.sorted { $0.path < $1.path }.compactMap {
                try? File($0)
            }
        }
    }

    @Test func corpusIsThere() { #expect(File.all.count > 100 && File.answers.count > 50) }

    @Test(arguments: File.all, [Int.max, 1])
    func rules(file: File, piece: Int) {
        let limits = HTTP2Limits(bodyBytes: 10_485_760)
        let said = HTTP2Script.play([.send(file.sent)], limits: limits, piece: piece)
        check(said, file.outcome) { said, code in said.contains { $0.lowercased() == "close: \(code)" } }
    }

    @Test(arguments: File.answers, [Int.max, 1])
    func answers(file: File, piece: Int) {
        let said = HTTP2ClientScript.play([.get, .send(file.sent)], piece: piece)
        check(said, file.outcome) { said, code in said.contains { $0.lowercased() == "→ goaway 0: \(code)" } }
    }

    private func check(_ said: [String], _ outcome: String, isClosed: ([String], String) -> Bool) {
        let words = outcome.split(separator: " ").map(String.init)
        // STREAM_CLOSED in the file is streamClosed here.
        let code = words.count > 1 ? words[1].lowercased().replacing("_error", with: "").replacing("_", with: "") : ""
        switch words.first {
        case "connection": #expect(isClosed(said, code), "\(said)")
        case "stream":
            #expect(said.contains { $0.lowercased() == "→ rst_stream 1: \(code)" }, "\(said)")
            #expect(!said.contains { $0.hasPrefix("close") }, "\(said)")
        default: #expect(!said.contains { $0.hasPrefix("close") }, "\(said)")
        }
    }
}
