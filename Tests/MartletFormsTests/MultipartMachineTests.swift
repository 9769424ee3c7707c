import MartletForms
import Testing
import form_reader

@Suite struct MultipartMachineTests {
    private static func field(_ name: String, _ value: String) -> String {
        "--XX\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
    }

    private static func file(_ name: String, _ content: String) -> String {
        "--XX\r\nContent-Disposition: form-data; name=\"\(name)\"; filename=\"a\"\r\n\r\n\(content)\r\n"
    }

    /// The outcome, which has to be the same however the body is cut.
    private func read(_ body: String, _ limits: FormLimits = FormLimits(), rule: TextRule = .refused) -> FormRecord {
        let bytes = Array(body.utf8)[...]
        let type = "multipart/form-data; boundary=XX"
        let whole = FormRecord.of(contentType: type, pieces: [bytes], limits: limits, rule: rule)
        for pieces in Pieces.all(bytes, seed: 2) {
            #expect(FormRecord.of(contentType: type, pieces: pieces, limits: limits, rule: rule) == whole)
        }
        return whole
    }

    // Each limit: as much as it allows, and one more.

    @Test func parts() {
        var limits = FormLimits()
        limits.values = 2
        #expect(read(Self.field("a", "1") + Self.file("b", "2") + "--XX--", limits).fault == nil)
        let three = Self.field("a", "1") + Self.file("b", "2") + Self.field("c", "3") + "--XX--"
        #expect(read(three, limits).fault == .tooManyParts(limit: 2))
    }

    @Test func bytesOfAHead() {
        var limits = FormLimits()
        let length = "Content-Disposition: form-data; name=\"a\"\r\n\r\n".utf8.count
        limits.partHead = length
        #expect(read(Self.field("a", "1") + "--XX--", limits).fault == nil)
        limits.partHead = length - 1
        #expect(read(Self.field("a", "1") + "--XX--", limits).fault == .headTooLong(part: 1, limit: length - 1))
    }

    @Test func linesOfAHead() {
        var limits = FormLimits()
        let head = "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\nX: 1\r\nX: 2\r\n 3\r\n\r\n1\r\n--XX--"
        limits.partFields = 3
        #expect(read(head, limits).fault == nil)
        limits.partFields = 2
        #expect(read(head, limits).fault == .tooManyFields(part: 1, limit: 2))
    }

    @Test func memoryOfValuesAndHeads() {
        var limits = FormLimits()
        let head = "Content-Disposition: form-data; name=\"a\"\r\n\r\n".utf8.count
        let fileHead = "Content-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n".utf8.count
        let form = Self.field("a", "12345") + Self.file("f", "not counted") + Self.field("a", "678") + "--XX--"
        limits.memory = 2 * head + fileHead + 8
        #expect(read(form, limits).fault == nil)
        limits.memory -= 1
        #expect(read(form, limits).fault == .tooMuchMemory(limit: limits.memory))
    }

    @Test func usualMemory() {
        let value = String(repeating: "x", count: 600_000)
        let type = "multipart/form-data; boundary=XX"
        let field = Array((Self.field("a", value) + "--XX--").utf8)[...]
        #expect(FormRecord.of(contentType: type, pieces: [field]).fault == .tooMuchMemory(limit: 500_000))
        let file = Array((Self.file("a", value) + "--XX--").utf8)[...]
        #expect(FormRecord.of(contentType: type, pieces: [file]).fault == nil)
    }

    @Test func bytesOfAFile() {
        var limits = FormLimits()
        limits.file = 5
        #expect(read(Self.file("a", "12345") + Self.file("b", "12345") + "--XX--", limits).fault == nil)
        #expect(read(Self.file("a", "123456") + "--XX--", limits).fault == .fileTooLong(name: "a", limit: 5))
        // What looks like a delimiter counts too.
        #expect(read(Self.file("a", "123\r\n--X") + "--XX--", limits).fault == .fileTooLong(name: "a", limit: 5))
    }

    @Test(arguments: 0...120)
    func bytesOfTheBody(limit: Int) {
        let form = "preamble\r\n" + Self.field("a", "12345") + "--XX--epilogue"
        var limits = FormLimits()
        limits.body = limit
        let fault: FormFault? = limit < form.utf8.count ? .bodyTooLong(limit: limit) : nil
        #expect(read(form, limits).fault == fault)
    }

    @Test func invalidTextIsReplacedWhereThatIsAskedFor() {
        let bytes =
            Array("--XX\r\nContent-Disposition: form-data; name=\"a".utf8) + [0xFF] + Array("\"\r\n\r\n".utf8) + [0xC3]
            + Array("\r\n--XX--".utf8)
        let type = "multipart/form-data; boundary=XX"
        let record = FormRecord.of(contentType: type, pieces: [bytes[...]], rule: .replaced)
        #expect(record.lines == ["value\ta\\xef\\xbf\\xbd\t\\xef\\xbf\\xbd"])
        let refused = FormRecord.of(contentType: type, pieces: [bytes[...]])
        #expect(refused.fault == .invalidText("the head of part 1"))
    }

    @Test func faultIsSaidAgain() throws {
        let boundary = try #require(MultipartBoundary(Array("XX".utf8)))
        var machine = MultipartMachine(boundary: boundary)
        var input = Array("--XX \r\rmore".utf8)[...]
        #expect(throws: FormFault.malformedDelimiter) { while try machine.next(from: &input) != .needsMore {} }
        #expect(throws: FormFault.malformedDelimiter) { _ = try machine.next(from: &input) }
        #expect(throws: FormFault.malformedDelimiter) { try machine.finish() }
    }

    @Test func eventsOfAForm() throws {
        let boundary = try #require(MultipartBoundary(Array("XX".utf8)))
        var machine = MultipartMachine(boundary: boundary)
        var events: [MultipartEvent] = []
        for piece in [Self.field("a", "") + Self.file("b", "1\r\n-"), "-XX2\r\n--XX-", "-ignored"] {
            var input = Array(piece.utf8)[...]
            if piece.hasPrefix("--XX") == false { #expect(!input.isEmpty) }
            while true {
                let event = try machine.next(from: &input)
                if event == .needsMore { break }
                events.append(event)
            }
            #expect(input.isEmpty)
        }
        try machine.finish()
        #expect(events.filter { if case .partBegan = $0 { true } else { false } }.count == 2)
        #expect(events.filter { $0 == .partEnded }.count == 2)
        #expect(events.last == .finished)
        #expect(!events.contains { if case .data(let bytes) = $0 { bytes.isEmpty } else { false } })
    }

    /// What an attacker sends so that a search begins again at every byte. With a cost that grows with
    /// the square, 60 kB would take minutes.
    @Test(arguments: ["\r\n--", "\r", "\r\n--XX-", "\r\n--X", "\n", "\r\n--XX\u{0}"])
    func floodsOfNearDelimiters(pattern: String) throws {
        let flood = String(repeating: pattern, count: 60_000 / pattern.utf8.count)
        let bytes = Array((Self.file("a", flood) + "--XX--").utf8)[...]
        let type = "multipart/form-data; boundary=XX"
        let whole = FormRecord.of(contentType: type, pieces: [bytes])
        #expect(whole.files == ["file\ta\ta\t\t\(EscapedText.content(Array(flood.utf8)))"])
        #expect(FormRecord.of(contentType: type, pieces: Pieces.single(bytes)) == whole)
    }

    @Test(arguments: [("--X", 1), ("X", 1), (" ", 1), ("\t \r", 0)])
    func floodsBesideParts(pattern: String, isPreamble: Int) {
        let flood = String(repeating: isPreamble == 1 ? "--X\n" + pattern : pattern, count: 5000)
        let bytes = Array((flood + "\r\n" + Self.field("a", "1") + "--XX--" + flood).utf8)[...]
        let type = "multipart/form-data; boundary=XX"
        for pieces in [[bytes], Pieces.single(bytes)] {
            #expect(FormRecord.of(contentType: type, pieces: pieces).values == ["value\ta\t1"])
        }
    }

    /// Made of the bytes that delimiters are made of.
    @Test func randomContentsComeBack() throws {
        var random = Random(seed: 3)
        let letters = Array("\r\n-XX\nab".utf8)
        for _ in 0..<200 {
            let boundary = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                Array("X-a".utf8).randomElement(using: &random) ?? 0
            }
            let contents = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                (0..<Int.random(in: 0...60, using: &random)).map { _ in letters.randomElement(using: &random) ?? 0 }
            }.filter { !Self.hasDelimiter($0, boundary) }
            var body: [UInt8] = []
            for content in contents {
                body += Array("--".utf8) + boundary
                body += Array("\r\nContent-Disposition: form-data; name=\"f\"; filename=\"g\"\r\n\r\n".utf8)
                body += content + Array("\r\n".utf8)
            }
            body += Array("--".utf8) + boundary + Array("--".utf8)
            let type = "multipart/form-data; boundary=" + String(decoding: boundary, as: UTF8.self)
            for pieces in Pieces.all(body[...], seed: random.next()) {
                let record = FormRecord.of(contentType: type, pieces: pieces)
                #expect(record.lines == contents.map { "file\tf\tg\t\t" + EscapedText.content($0) })
            }
        }
    }

    /// Whether the boundary is on a line of the data, and does not go on as a word does.
    private static func hasDelimiter(_ content: [UInt8], _ boundary: [UInt8]) -> Bool {
        let delimiter = Array("\r\n--".utf8) + boundary
        // The line end of the head may be that of a delimiter.
        let text = Array("\r\n".utf8) + content + Array("\r\n".utf8)
        guard text.count >= delimiter.count else { return false }
        return (0...(text.count - delimiter.count)).contains { start in
            text[start...].starts(with: delimiter)
        }
    }
}
