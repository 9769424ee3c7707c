import Testing

@testable import MartletDNS

/// Answers of name servers, as bytes that are written out.
@Suite struct DNSAnswerTests {
    static let asked = DNSName("web.example".utf8)

    /// A message with the question for `web.example`, whose name is at 12.
    static func message(_ records: [[UInt8]], flags: UInt16 = 0x8180, count: Int? = nil) -> [UInt8] {
        let number = UInt16(count ?? records.count)
        let head: [UInt8] = [
            0, 1, UInt8(flags >> 8), UInt8(flags & 255), 0, 1, UInt8(number >> 8), UInt8(number & 255), 0, 0, 0, 0,
        ]
        return head + name("web.example") + [0, 1, 0, 1] + records.joined()
    }

    static func name(_ text: String) -> [UInt8] {
        text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    static let pointer: [UInt8] = [0xC0, 12]

    static func record(_ owner: [UInt8], _ type: Int, _ data: [UInt8], ttl: UInt32 = 60, kind: UInt8 = 1) -> [UInt8] {
        let time = [UInt8(ttl >> 24), UInt8(ttl >> 16 & 255), UInt8(ttl >> 8 & 255), UInt8(ttl & 255)]
        return owner + [0, UInt8(type), 0, kind] + time + [UInt8(data.count >> 8), UInt8(data.count & 255)] + data
    }

    static func a(_ last: UInt8, owner: [UInt8] = pointer, ttl: UInt32 = 60) -> [UInt8] {
        record(owner, 1, [10, 0, 0, last], ttl: ttl)
    }

    static func read(_ records: [[UInt8]], _ type: DNSType = .a) throws -> DNSAnswer? {
        try DNSAnswer(message(records), asked: asked, type: type)
    }

    @Test func addresses() throws {
        let answer = try #require(try Self.read([Self.a(1), Self.a(2, ttl: 7)]))
        #expect(answer.values == [.v4([10, 0, 0, 1]), .v4([10, 0, 0, 2])])
        #expect(answer.seconds == 7)
        let six = [UInt8](repeating: 0, count: 15) + [1]
        #expect(try Self.read([Self.record(Self.pointer, 28, six)], .aaaa)?.values == [.v6(six)])
    }

    @Test func namesAreComparedWithoutRegardToCase() throws {
        #expect(try Self.read([Self.a(1, owner: Self.name("WEB.Example"))])?.values.count == 1)
    }

    @Test func aliasesAreFollowedAndTheirTimeCounts() throws {
        let records = [
            Self.record(Self.pointer, 5, Self.name("b.example"), ttl: 5),
            Self.record(Self.name("b.example"), 5, Self.name("c.example"), ttl: 300),
            Self.a(9, owner: Self.name("c.example")),
            Self.a(8, owner: Self.name("other.example")),
        ]
        let answer = try #require(try Self.read(records))
        #expect(answer.values == [.v4([10, 0, 0, 9])])
        #expect(answer.seconds == 5)
    }

    @Test func servers() throws {
        let data: [UInt8] = [0, 1, 0, 2, 0x1F, 0x90] + Self.name("a.example")
        let answer = try Self.read([Self.record(Self.pointer, 33, data)], .srv)
        #expect(
            answer?.values == [
                .service(DNSService(priority: 1, weight: 2, port: 8080, target: DNSName("a.example".utf8)))
            ]
        )
    }

    @Test func whatNobodyHasAskedForIsLeftOut() throws {
        #expect(try Self.read([]) == nil)
        #expect(try Self.read([Self.record(Self.pointer, 16, [1, 2])]) == nil)
        #expect(try Self.read([Self.record(Self.pointer, 1, [1, 2, 3, 4], kind: 3)]) == nil)
        #expect(try DNSAnswer(Self.message([], flags: 0x8183), asked: Self.asked, type: .a) == nil)
    }

    @Test func aTimeBeyondReasonIsNone() throws {
        #expect(try Self.read([Self.a(1, ttl: 0x8000_0001)])?.seconds == 0)
    }

    static let broken: [(String, [UInt8], DNSFault)] = [
        ("a question", message([], flags: 0x0100), .noAnswer),
        ("a failure of the server", message([], flags: 0x8182), .refused(code: 2)),
        ("fewer records than announced", message([a(1)], count: 2), .cutShort),
        ("more records than anybody has", message([], count: 513), .tooMany),
        ("a pointer to itself", message([a(1, owner: [0xC0, 29])]), .pointerForward),
        ("a pointer forward", message([a(1, owner: [0xC0, 200])]), .pointerForward),
        ("a circle of pointers", message([a(1, owner: [1, 0x61, 0xC0, 29])]), .pointerForward),
        ("half a pointer", Array(message([[0xC0]], count: 1)), .cutShort),
        ("a label of another kind", message([a(1, owner: [0x80, 0])]), .oddLabel),
        ("a dot in a label", message([a(1, owner: [3, 0x61, 0x2E, 0x62, 0])]), .oddName),
        (
            "a long name",
            message([a(1, owner: (0..<9).flatMap { _ in [31] + [UInt8](repeating: 0x61, count: 31) } + [0])]),
            .nameTooLong
        ),
        ("three bytes of an address", message([record(pointer, 1, [1, 2, 3])]), .oddLength),
        ("bytes behind a target", message([record(pointer, 33, [0, 0, 0, 0, 0, 1, 0, 7])]), .oddLength),
        ("aliases in a circle", message([record(pointer, 5, pointer)]), .circle),
    ]

    @Test(arguments: broken) func aBrokenAnswer(what: String, bytes: [UInt8], fault: DNSFault) {
        #expect(throws: fault, "\(what)") {
            _ = try DNSAnswer(bytes, asked: Self.asked, type: what.contains("target") ? .srv : .a)
        }
    }

    @Test func everyBeginningOfAnAnswerIsCutShort() {
        let whole = Self.message([
            Self.record(Self.pointer, 5, Self.name("b.example")), Self.a(1, owner: Self.name("b.example")),
        ])
        for length in 0..<whole.count {
            #expect(throws: DNSFault.cutShort) {
                _ = try DNSAnswer(Array(whole.prefix(length)), asked: Self.asked, type: .a)
            }
        }
    }

    /// Whatever the bytes are, there is an end, and nothing traps.
    @Test func bytesByChance() {
        var random = Chance()
        let whole = Self.message([
            Self.record(Self.pointer, 5, Self.name("b.example")), Self.a(1, owner: Self.name("b.example")),
            Self.record(Self.pointer, 33, [0, 1, 0, 2, 0x1F, 0x90] + Self.pointer),
        ])
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            for type in DNSType.allCases { _ = try? DNSAnswer(bytes, asked: Self.asked, type: type) }
        }
    }
}

/// The order in which the servers of a service are tried.
@Suite struct DNSServiceTests {
    static func service(_ priority: Int, _ weight: Int, _ target: String, port: Int = 80) -> DNSService {
        DNSService(priority: priority, weight: weight, port: port, target: DNSName(target.utf8))
    }

    @Test func byPriority() {
        var random = Chance()
        let services = [
            Self.service(2, 0, "c"), Self.service(1, 0, "a"), Self.service(1, 5, "b"), Self.service(0, 1, ""),
        ]
        for _ in 0..<50 {
            let order = DNSService.order(services, using: &random).map(\.target.description)
            #expect(order.count == 3 && order.last == "c")
        }
    }

    @Test func byWeight() {
        var random = Chance()
        let services = [Self.service(0, 90, "a"), Self.service(0, 10, "b")]
        let first = (0..<1000).count { _ in DNSService.order(services, using: &random).first?.target.description == "a"
        }
        #expect((820...970).contains(first))
    }
}

/// The same numbers in every run: the steps of SplitMix64.
struct Chance: RandomNumberGenerator {
    private var state: UInt64 = 1

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
