import MartletGateway
import NIOCore
import Testing

@testable import MartletHTTP2

/// The parts that the machine is made of, each by itself.
@Suite struct PartsTests {
    @Test(arguments: [
        ("", 3, false), ("u=0", 0, false), ("u=7, i", 7, true), ("i", 3, true), ("i=?0", 3, false),
        ("i=?1;a=b , u=5", 5, true),
        ("u=8", 3, false), ("u=-1", 3, false), ("u=22", 3, false), ("U=1", 3, false), ("x=1, u=2", 2, false),
        (",,u=1,", 1, false),
    ])
    func priorities(text: String, urgency: UInt8, isIncremental: Bool) {
        let priority = Array(text.utf8).withUnsafeBytes { StreamPriority($0) }
        #expect((priority.urgency, priority.isIncremental) == (urgency, isIncremental))
    }

    @Test func aWindowHasATop() {
        var window = FlowWindow()
        let fits = window.grow(by: FlowWindow.largest - FlowWindow.initial)
        let isUsed = window.use(FlowWindow.largest)
        let isOverdrawn = !window.use(1)
        #expect((fits, isUsed, isOverdrawn) == (true, true, true))
        #expect(window.room == 0)
        var full = FlowWindow(FlowWindow.largest)
        let isTooMuch = !full.grow(by: 1)
        #expect(isTooMuch)
    }

    @Test func aBudgetIsSpentAndEarned() {
        var budget = FloodBudget()
        #expect(budget.spend(.frame, times: FloodBudget.whole) == true)
        #expect(budget.spend(.frame) == false)
        budget.earn(FloodBudget.whole * 2)
        #expect(budget.left == FloodBudget.whole)
        #expect(budget.spend(.stream, times: FloodBudget.whole / 5) == true)
        for _ in 0..<1024 { budget.earn(received: 1) }
        #expect(budget.left == 1)
    }

    @Test func updatesOfWindowsAreFreeAsFarAsTheyReplyToData() {
        var budget = FloodBudget()
        for _ in 0..<10_000 { #expect(budget.spendUpdate(sent: 5000) == true) }
        #expect(budget.left == FloodBudget.whole)
        for _ in 0..<FloodBudget.whole { #expect(budget.spendUpdate(sent: 5000) == true) }
        #expect(budget.spendUpdate(sent: 5000) == false)
    }

    @Test func aBlockIsBoundedInFramesAndBytes() {
        var block = HeaderBlock(headBytes: 100)
        let head = Frames.make(.headers, stream: 1).withUnsafeBytes(FrameHead.init)
        func add(_ count: Int) -> Bool { [UInt8](repeating: 0, count: count).withUnsafeBytes { block.add($0) } }
        [UInt8]().withUnsafeBytes { block.begin(head, $0, dependsOnItself: false) }
        for _ in 0..<HeaderBlock.frames { #expect(add(0) == true) }
        #expect(false == add(0))
        [UInt8]().withUnsafeBytes { block.begin(head, $0, dependsOnItself: false) }
        #expect(add(200) == true)
        #expect(false == add(1))
    }

    struct Head: Sendable {
        let pieces: [String]
        let says: String

        init(_ pieces: [String], _ says: String) {
            self.pieces = pieces
            self.says = says
        }
    }

    @Test(arguments: [
        Head(["HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\nA: b\r\n\r\nrest"], "200 [A: b] rest"),
        Head(["HTTP/1.1 101\r", "\n\r", "\nx"], "200 [] x"),
        Head(["HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno"], "403 [Content-Length: 2] no"),
        Head(["HTTP/1.1 101 x\r\n"], "more"),
        Head(["hello\r\n\r\n"], "malformed"),
        Head(["HTTP/1.1 103 x\r\n\r\n"], "malformed"),
        Head(["HTTP/1.1 101 x\r\nno colon\r\n\r\n"], "malformed"),
        Head(["HTTP/1.1 101 x\r\nA B: c\r\n\r\n"], "malformed"),
        Head([String(repeating: "a", count: 17_000)], "malformed"),
    ])
    func headsOfApplications(row: Head) {
        var head = TunnelHead()
        var said = ""
        for piece in row.pieces {
            switch head.take(.init(string: piece)) {
            case .needsMore: said = "more"
            case .malformed: said = "malformed"
            case .complete(let status, let headers, let rest):
                let fields = headers.pairs.map { "\($0.name): \($0.value)" }.joined(separator: ", ")
                said = "\(status) [\(fields)] \(String(buffer: rest))"
            }
        }
        #expect(said == row.says)
    }
}
