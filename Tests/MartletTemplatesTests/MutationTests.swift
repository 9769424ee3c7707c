import MartletTemplates
import Testing

/// Whatever a template is, it renders or there is an error: nothing traps, nothing runs without end.
struct MutationTests {
    /// The same numbers every time.
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    private static let pieces = [
        "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "(", ")", "[", "]", "{", "}", "|", ".", ",", ":", "=", "'", "\"",
        "\\", "~", "**", "//",
        " if ", " else ", " for ", " in ", " is ", " not ", "endif", "endfor", "block", "loop", "super()", "self",
        "recursive", "99999999999",
        "-1", "1e308", "x", "\u{0}", "é", "😀", "\r\n", "{% endfor %}", "{% if x %}", "{{ loop(x) }}", "*", "[::-1]",
        "|list", "range(9)", "''",
        "9223372036854775807", "{% set x = [x] %}", "|batch(0)", "|slice(-1)", "|round(-400)", "|indent(-5)",
        "|center(9999)", "|truncate(-1)",
    ]

    private static func mutated(_ text: String, with numbers: inout Numbers) -> String {
        var scalars = Array(text.unicodeScalars)
        for _ in 0..<Int.random(in: 1...4, using: &numbers) {
            let at = Int.random(in: 0...scalars.count, using: &numbers)
            switch Int.random(in: 0..<4, using: &numbers) {
            case 0:
                let piece = pieces[Int.random(in: 0..<pieces.count, using: &numbers)]
                scalars.insert(contentsOf: piece.unicodeScalars, at: at)
            case 1: scalars.removeSubrange(at..<min(scalars.count, at + Int.random(in: 1...6, using: &numbers)))
            case 2:
                let end = min(scalars.count, at + Int.random(in: 1...20, using: &numbers))
                scalars.insert(contentsOf: Array(scalars[at..<end]), at: at)
            default: scalars.removeSubrange(at...)
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    @Test(arguments: 0..<8) func mutatedTemplates(_ part: Int) throws {
        var limits = TemplateLimits()
        limits.iterations = 2_000
        limits.range = 1_000
        limits.output = 100_000
        limits.depth = 20
        var numbers = Numbers(state: UInt64(part) &* 77 &+ 5)
        var (rendered, failed) = (0, 0)
        for one in CorpusTests.cases {
            guard let main = one.templates.first?.text else { continue }
            do {
                _ = try one.render(main: Self.mutated(main, with: &numbers), limits: limits)
                rendered += 1
            } catch is TemplateError {
                failed += 1
            }
        }
        #expect(rendered > 0 && failed > 0)
    }
}
