import Foundation
import MartletControl
import Testing

/// The messages of the control socket, in bytes: what is right, and what a hostile worker may send.
@Suite struct ControlMessageTests {
    /// A line of `Tests/Corpus/control/messages.tsv`, to which Python's side is held as well.
    struct Line: CustomTestStringConvertible {
        let name: String
        let values: [String]
        let bytes: [UInt8]

        var testDescription: String { ([name] + values).joined(separator: " ") }

        static let all: [Line] = {
            let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .appendingPathComponent("Corpus/control/messages.tsv")
            let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
            return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
                let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
                    .map { $0.replacingOccurrences(of: "\\0", with: "\0") }
                return Line(
                    name: parts[0],
                    values: Array(parts[1..<(parts.count - 1)]),
                    bytes: Array(parts[parts.count - 1].utf8)
                )
            }
        }()
    }

    @Test("the corpus has every message")
    func corpus() {
        #expect(Set(Line.all.map(\.name)) == Set(ControlMessage.allCases.map(\.row.name)))
    }

    @Test("a message is written and read as the corpus has it", arguments: Line.all)
    func codec(_ line: Line) throws {
        let message = try #require(ControlMessage.allCases.first { $0.row.name == line.name })
        let values = zip(message.row.fields, line.values).map { field, text in
            field.kind == .text ? ControlValue.text(text) : .number(Int(text) ?? 0)
        }
        #expect(values.count == line.values.count)
        #expect(message.encode(values) == line.bytes)
        let (read, found) = try ControlMessage.decode(line.bytes[...], from: message.row.sender)
        #expect(read == message)
        #expect(found == values)
    }

    @Test("no two messages have a letter or a name in common")
    func letters() {
        #expect(Set(ControlMessage.allCases.map(\.letter)).count == ControlMessage.allCases.count)
        #expect(Set(ControlMessage.allCases.map(\.row.name)).count == ControlMessage.allCases.count)
        #expect(ControlMessage.allCases.allSatisfy { $0.letter > 0 })
    }

    static let reports: [WorkerReport] = [
        .forked, .ready, .failed(advice: "Do this.", traceback: "a\nb"), .filesChanged,
        .importing(seconds: 10, stack: ""), .wantsSuccessor, .reachedLimit, .debugged,
        .staticFolder(StaticFolderReport(prefix: "/static", folder: "/srv/app/static")),
        .staticFolder(
            StaticFolderReport(prefix: "/a%20b", isFromRoot: true, hasView: false, maxAge: 60, folder: "/srv/a b")
        ),
        .mediaType(suffix: "ts", type: "text/javascript"), .keepsStatic(reason: "it is so"),
    ]

    @Test("what a worker says is what the server hears", arguments: reports)
    func report(_ report: WorkerReport) throws {
        #expect(try WorkerReport(report.bytes[...]) == report)
    }

    struct Malformed: CustomTestStringConvertible {
        let text: String
        let error: ControlError

        init(_ text: String, _ error: ControlError) {
            self.text = text
            self.error = error
        }

        var testDescription: String { "\(text.prefix(12).debugDescription), \(text.utf8.count) bytes" }
    }

    static let nonsense: [Malformed] = [
        Malformed("", .empty),
        Malformed("Z", .unknown(letter: 0x5A)),
        Malformed("\0", .unknown(letter: 0)),
        Malformed("é", .unknown(letter: 0xC3)),
        // What the server says is no message of a worker's.
        Malformed("S", .unknown(letter: 0x53)),
        Malformed("T0\u{0}17\u{0}3", .unknown(letter: 0x54)),
        Malformed("R1", .wrongFields(.ready, expected: 0)),
        Malformed("R\0", .wrongFields(.ready, expected: 0)),
        Malformed("F", .wrongFields(.failed, expected: 2)),
        Malformed("I10", .wrongFields(.importing, expected: 2)),
        Malformed("P4711", .wrongFields(.forked, expected: 0)),
        Malformed("A/static\0\0", .wrongFields(.staticFolder, expected: 5)),
        Malformed("A/static\u{0}0\u{0}1\0\0/srv", .notANumber(.staticFolder, field: "max_age")),
        Malformed("Yts", .wrongFields(.mediaType, expected: 2)),
        Malformed("I\0", .notANumber(.importing, field: "seconds")),
        Malformed("I \0", .notANumber(.importing, field: "seconds")),
        Malformed("Iten\0", .notANumber(.importing, field: "seconds")),
        Malformed("I1.5\0", .notANumber(.importing, field: "seconds")),
        Malformed("I9223372036854775808\0", .notANumber(.importing, field: "seconds")),
        Malformed("I" + String(repeating: "9", count: 60_000) + "\0", .notANumber(.importing, field: "seconds")),
        Malformed("F" + String(repeating: "x", count: 65_536), .tooLong(limit: 65_536)),
    ]

    @Test("what is no message is told apart", arguments: nonsense)
    func malformed(_ message: Malformed) {
        #expect(throws: message.error) { try WorkerReport(Array(message.text.utf8)[...]) }
    }

    @Test("any bytes are a message or an error")
    func anyBytes() {
        var random = SystemRandomNumberGenerator()
        let letters = ControlMessage.allCases.map(\.letter)
        for _ in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...40)).map { _ in UInt8.random(in: 0...255, using: &random) }
            if let letter = letters.randomElement(), Bool.random(), !bytes.isEmpty { bytes[0] = letter }
            _ = try? WorkerReport(bytes[...])
            _ = try? ControlMessage.decode(bytes[...], from: .server)
        }
    }

    @Test("text that is no UTF-8 is repaired")
    func repairs() throws {
        #expect(try WorkerReport([0x46, 0xFF, 0, 0xFE][...]) == .failed(advice: "\u{FFFD}", traceback: "\u{FFFD}"))
    }

    @Test("the last field is cut where a message would be too long, and others have no zero byte")
    func cut() throws {
        let request = WorkerCommand.Request(thread: 1, slot: 2, use: 3)
        let line = String(repeating: "x", count: 5_000)
        let bytes = WorkerCommand.writeStack(request, seconds: 30, id: "a\0b", line: line).bytes
        #expect(bytes.count == ControlMessage.Sender.server.limit)
        let (_, values) = try ControlMessage.decode(bytes[...], from: .server)
        #expect(values[4] == .text("ab"))
    }

    @Test("an error says what is wrong")
    func words() {
        #expect("\(ControlError.empty)" == "it is empty")
        #expect("\(ControlError.tooLong(limit: 9))" == "it is longer than 9 bytes")
        #expect("\(ControlError.unknown(letter: 90))" == "no message begins with the byte 90")
        #expect("\(ControlError.wrongFields(.failed, expected: 2))" == "'failed' has 2 fields")
        #expect(
            "\(ControlError.notANumber(.importing, field: "seconds"))"
                == "the field seconds of 'importing' is no number"
        )
    }
}
