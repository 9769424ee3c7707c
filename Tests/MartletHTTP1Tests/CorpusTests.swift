import Foundation
import HTTPTypes
import MartletGateway
import MartletHTTP1
import Testing

/// Every request of Tests/Corpus, whole and in pieces.
@Suite struct CorpusTests {
    @Test(arguments: CorpusFile.all("valid"))
    func validRequestIsReadAsItWasMeant(file: CorpusFile) throws {
        let bytes = try file.bytes
        let whole = Reading.whole(bytes)
        #expect(whole.fault == nil)
        #expect(!whole.isIncomplete)
        #expect(whole.records == (try file.expectedRecords))
        for cuts in file.cuts(bytes.count) {
            #expect(Reading.of(bytes, cuts: cuts) == whole)
        }
    }

    @Test(arguments: CorpusFile.all("invalid"))
    func invalidRequestIsRefusedWithItsStatus(file: CorpusFile) throws {
        let bytes = try file.bytes
        let whole = Reading.whole(bytes)
        let status = try #require(Int(try file.expectation.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(whole.fault?.status.code == status, "\(String(describing: whole.fault))")
        for cuts in file.cuts(bytes.count) {
            #expect(Reading.of(bytes, cuts: cuts) == whole)
        }
    }

    @Test func corpusIsThere() {
        #expect(CorpusFile.all("valid").count >= 40)
        #expect(CorpusFile.all("invalid").count >= 90)
    }
}

/// A raw request and what is expected of it.
struct CorpusFile: Sendable, CustomTestStringConvertible {
    let url: URL

    var testDescription: String { url.deletingPathExtension().lastPathComponent }

    var bytes: [UInt8] { get throws { Array(try Data(contentsOf: url)) } }

    var expectation: String {
        get throws {
            try String(contentsOf: url.deletingPathExtension().appendingPathExtension("expect"), encoding: .utf8)
        }
    }

    /// The records without their trailers, which the codec checks and drops.
    var expectedRecords: [String] {
        get throws {
            try expectation.components(separatedBy: "----\n").map { record in
                let lines = record.components(separatedBy: "\n")
                let empty = lines.firstIndex(of: "") ?? lines.endIndex
                return lines.prefix(empty + 2).joined(separator: "\n")
            }
        }
    }

    static func all(_ kind: String) -> [CorpusFile] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Corpus/requests/\(kind)")
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.filter { $0.pathExtension == "http" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
            .map(CorpusFile.init)
    }

    /// Byte by byte, in two at every place, and in pieces of odd sizes. Large files are cut at fewer places.
    func cuts(_ count: Int) -> [[Int]] {
        let step = max(1, count / 400)
        let inTwo = stride(from: 1, to: max(count, 1), by: step).map { [$0] }
        let inPieces = [2, 3, 7, 17].map { Array(stride(from: $0, to: max(count, 1), by: $0)) }
        return [Array(1..<max(count, 1))] + inTwo + inPieces
    }
}
