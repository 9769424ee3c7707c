import HTTPTypes
import MartletCGI
import MartletProcesses
import NIOCore
import Testing

@testable import MartletCGIScripts

/// What becomes of a script: events at their times, and what they have done.
@Suite struct ScriptMachineTests {
    enum Step: Sendable {
        case at(Int, ScriptMachine.Event)
        static func out(_ time: Int, _ text: String) -> Step { .at(time, .output(ByteBuffer(string: text))) }
        static func exit(_ time: Int, _ status: Int32 = 0) -> Step { .at(time, .exited(.exited(status))) }
        static func tick(_ time: Int) -> Step { .at(time, .tick) }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let steps: [Step]
        let done: [String]
        var isHead = false

        init(_ name: String, isHead: Bool = false, _ steps: [Step], _ done: [String]) {
            (testDescription, self.steps, self.done, self.isHead) = (name, steps, done, isHead)
        }
    }

    /// Times are in milliseconds; the limit is 10 seconds.
    static func play(_ steps: [Step], isHead: Bool) -> [String] {
        var machine = ScriptMachine(limit: .seconds(10), isHead: isHead, at: .zero)
        var done: [String] = []
        for case .at(let time, let event) in steps {
            for action in machine.handle(event, at: .milliseconds(time)) { done.append(text(action)) }
        }
        return done
    }

    private static func text(_ action: ScriptMachine.Action) -> String {
        switch action {
        case .head(let head, let hasBody): "head \(head.status.code)" + (hasBody ? "" : " bodiless")
        case .localRedirect(let path): "local \(path)"
        case .data(let bytes): "data \(String(buffer: bytes))"
        case .end: "end"
        case .fail(let failure): "fail: \(failure)"
        case .terminate: "TERM"
        case .kill: "KILL"
        case .note(let status): "note: \(status)"
        case .release: "release"
        }
    }

    static let hello = "Content-Type: a/b\n\nhello"
    static let cases = [
        Case(
            "the usual one",
            [.at(0, .started), .out(5, hello), .at(6, .outputEnded), .exit(7)],
            ["head 200", "data hello", "end", "release"]
        ),
        Case(
            "its end is seen before that of its output",
            [.at(0, .started), .exit(5), .out(6, hello), .at(7, .outputEnded)],
            ["head 200", "data hello", "end", "release"]
        ),
        Case(
            "a status of failure behind a whole answer",
            [.at(0, .started), .out(5, hello), .at(6, .outputEnded), .exit(7, 1)],
            ["head 200", "data hello", "end", "note: exited with status 1", "release"]
        ),
        Case(
            "it dies half way",
            [.at(0, .started), .out(5, hello), .at(6, .outputEnded), .at(7, .exited(.signalled(9)))],
            [
                "head 200", "data hello",
                "fail: broke its answer off: it was ended by signal 9 (SIGKILL; it was killed from outside, or the system ran out of memory)",
                "release",
            ]
        ),
        Case(
            "nothing",
            [.at(0, .started), .at(6, .outputEnded), .exit(7, 1)],
            ["fail: ended without an answer; it exited with status 1", "release"]
        ),
        Case(
            "no answer",
            [.at(0, .started), .out(1, "hello\n"), .at(6, .outputEnded), .at(7, .errorsEnded), .exit(8)],
            [
                "fail: wrote a header line without a colon, \"hello\"; an answer begins with a line such as Content-Type: text/html, and an empty line ends its head",
                "TERM", "KILL", "release",
            ]
        ),
        Case(
            "it hangs, and obeys SIGTERM",
            [
                .at(0, .started), .tick(9999), .tick(10_000), .at(10_001, .outputEnded), .at(10_001, .errorsEnded),
                .at(10_002, .exited(.signalled(15))),
            ],
            ["fail: is ended: it neither wrote nor read for 10.0 seconds (timeout)", "TERM", "KILL", "release"]
        ),
        Case(
            "it hangs, and does not",
            [.at(0, .started), .tick(10_000), .tick(12_999), .tick(13_000), .at(13_001, .exited(.signalled(9)))],
            ["fail: is ended: it neither wrote nor read for 10.0 seconds (timeout)", "TERM", "KILL", "release"]
        ),
        Case(
            "it hangs half way",
            [.at(0, .started), .out(5000, hello), .tick(10_000), .tick(15_000)],
            [
                "head 200", "data hello", "fail: is ended: it neither wrote nor read for 10.0 seconds (timeout)",
                "TERM",
            ]
        ),
        Case(
            "reading is a sign of life, and so is its client's slowness",
            [
                .at(0, .started), .at(9000, .hasRead), .tick(18_000), .at(18_500, .waits(.input, true)), .tick(90_000),
                .at(91_000, .waits(.input, false)), .tick(100_999), .out(100_999, hello),
                .at(101_000, .waits(.output, true)), .tick(900_000), .at(900_000, .waits(.output, false)),
                .at(900_001, .outputEnded), .exit(900_002),
            ],
            ["head 200", "data hello", "end", "release"]
        ),
        Case(
            "its client goes",
            [
                .at(0, .started), .out(5, hello), .at(6, .clientGone), .at(7, .outputEnded), .exit(8),
                .at(9, .errorsEnded),
            ],
            ["head 200", "data hello", "TERM", "KILL", "release"]
        ),
        Case(
            "its client goes before it has begun",
            [.at(0, .clientGone), .at(1, .started), .at(2, .outputEnded), .at(2, .errorsEnded), .exit(8)],
            ["TERM", "KILL", "release"]
        ),
        Case(
            "it cannot be started",
            [.at(0, .failed(.noThread))],
            ["fail: is not run: the system has no thread left", "release"]
        ),
        Case(
            "it closes its output and goes on",
            [.at(0, .started), .out(5, hello), .at(6, .outputEnded), .tick(106), .tick(9000), .exit(9500)],
            ["head 200", "data hello", "end", "release"]
        ),
        Case(
            "it closes its output and goes on for too long",
            [.at(0, .started), .out(5, hello), .at(6, .outputEnded), .tick(106), .tick(10_005)],
            ["head 200", "data hello", "end", "TERM"]
        ),
        Case(
            "an answer with a length is whole before the output is",
            [
                .at(0, .started), .out(5, "Status: 200\nContent-Length: 5\n\nhello"), .tick(9999),
                .at(9999, .outputEnded), .exit(9999),
            ],
            ["head 200", "data hello", "end", "release"]
        ),
        Case(
            "HEAD",
            isHead: true,
            [.at(0, .started), .out(5, hello), .out(6, "more"), .at(7, .outputEnded), .exit(8)],
            ["head 200 bodiless", "release"]
        ),
        Case(
            "a local redirect",
            [.at(0, .started), .out(5, "Location: /x\n\n"), .at(7, .outputEnded), .exit(8)],
            ["local /x", "release"]
        ),
        Case(
            "a body that is cut short",
            [.at(0, .started), .out(5, "Status: 200\nContent-Length: 9\n\nhello"), .at(7, .outputEnded), .exit(8)],
            [
                "head 200", "data hello",
                "fail: ended 4 bytes before the end of the body of 9 bytes that it announced", "release",
            ]
        ),
    ]

    @Test(arguments: cases)
    func `what becomes of a script`(_ item: Case) {
        #expect(Self.play(item.steps, isHead: item.isHead) == item.done)
    }
}
