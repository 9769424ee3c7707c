import Foundation
import HTTPTypes
import MartletGateway
import MartletHTTP1
import NIOCore
import Testing

/// Every answer of Tests/Corpus, whole and cut at every byte.
@Suite struct AnswerCorpusTests {
    @Test(arguments: AnswerFile.all("valid"))
    func validAnswerIsReadAsItWasMeant(file: AnswerFile) throws {
        let bytes = try file.bytes
        #expect(AnswerReading.of(bytes, cuts: []) == (try file.expectation))
        for cuts in file.cuts(bytes.count) {
            #expect(AnswerReading.of(bytes, cuts: cuts) == (try file.expectation), "cut at \(cuts)")
        }
    }

    @Test(arguments: AnswerFile.all("invalid"))
    func invalidAnswerIsAFault(file: AnswerFile) throws {
        let bytes = try file.bytes
        let fault = try file.expectation.trimmingCharacters(in: .newlines)
        for cuts in [[]] + file.cuts(bytes.count) {
            #expect(AnswerReading.fault(bytes, cuts: cuts) == fault, "cut at \(cuts)")
        }
    }

    @Test func corpusIsThere() {
        #expect(AnswerFile.all("valid").count >= 20)
        #expect(AnswerFile.all("invalid").count >= 40)
    }
}

/// The bytes of an upstream, and what is expected of them.
struct AnswerFile: Sendable, CustomTestStringConvertible {
    let url: URL

    var testDescription: String { url.deletingPathExtension().lastPathComponent }
    var bytes: [UInt8] { get throws { Array(try Data(contentsOf: url)) } }
    var expectation: String {
        get throws {
            try String(contentsOf: url.deletingPathExtension().appendingPathExtension("expect"), encoding: .utf8)
        }
    }

    static func all(_ kind: String) -> [AnswerFile] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Corpus/answers/\(kind)")
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.filter { $0.pathExtension == "http" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
            .map(AnswerFile.init)
    }

    /// Byte by byte, and in two at every place; large files at fewer places.
    func cuts(_ count: Int) -> [[Int]] {
        let step = max(1, count / 300)
        return [Array(stride(from: 1, to: max(count, 1), by: step))]
            + stride(from: 1, to: max(count, 1), by: step).map { [$0] }
    }
}

/// What a machine makes of the bytes of an upstream that then ends its side, as text.
struct AnswerReading {
    private(set) var text = ""
    private(set) var fault: ResponseFault?
    private var machine = HTTP1ClientMachine()
    private var input = ByteBuffer()
    private var isEnded = false

    static func of(_ bytes: [UInt8], cuts: [Int]) -> String { read(bytes, cuts).text }

    static func fault(_ bytes: [UInt8], cuts: [Int]) -> String? { read(bytes, cuts).fault.map { "\($0)" } }

    private static func read(_ bytes: [UInt8], _ cuts: [Int]) -> AnswerReading {
        var reading = AnswerReading()
        reading.machine.begin(HTTP1Message())
        var start = 0
        for cut in cuts + [bytes.count] {
            reading.input.writeBytes(bytes[start..<cut])
            start = cut
            reading.receive()
        }
        let staysOpen = reading.isEnded && reading.machine.isIdle
        reading.machine.inputClosed()
        reading.receive()
        if reading.isEnded, reading.fault == nil, !staysOpen { reading.text += "close\n" }
        return reading
    }

    private mutating func receive() {
        while fault == nil {
            switch machine.receive(&input) {
            case .needsMore, .closed: return
            case .informational(let head): text += Self.text(head) + "\n----\n"
            case .answer(let head, _), .switched(let head): text += Self.text(head) + "\n"
            case .data(let bytes): text += String(buffer: bytes)
            case .end(let trailer):
                text += "\n"
                for (name, value) in trailer?.pairs ?? [] { text += "\(name): \(value)\n" }
                isEnded = true
            case .fault(.unasked) where isEnded: return
            case .fault(let fault): self.fault = fault
            }
        }
    }

    private static func text(_ head: HTTP1ResponseHead) -> String {
        let lines = head.headers.pairs.map { "\($0): \($1)\n" }.joined()
        return escaped("\(head.status.code) \(head.status.reasonPhrase)\n") + escapedBytes(head.headers, lines)
    }

    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { $0.value < 0x80 ? String($0) : "\\x" + String($0.value, radix: 16) }.joined()
    }

    private static func escapedBytes(_ headers: Headers, _ lines: String) -> String {
        var text = ""
        headers.forEachLine { _, line in
            for byte in line where byte != 13 {
                text += byte < 0x80 ? String(UnicodeScalar(byte)) : "\\x" + String(byte, radix: 16)
            }
        }
        return text
    }
}
