import Foundation
import MartletTemplates
import Testing

/// Templates that want too much.
struct LimitTests {
    private func message(_ text: String, _ change: (inout TemplateLimits) -> Void = { _ in }) -> String {
        var options = TemplateOptions()
        change(&options.limits)
        let templates = Templates(loader: DictionaryLoader(["page": text]), options: options)
        do {
            return "rendered \(try templates.render("page").utf8.count) bytes"
        } catch {
            return (error as? TemplateError).map { "\($0.kind.rawValue): \($0.message)" } ?? "\(error)"
        }
    }

    @Test func ranges() {
        #expect(message("{{ range(100001)|length }}") == "limit: range() of 100001 numbers; a template may have 100000")
        #expect(message("{{ range(100000)|length }}") == "rendered 6 bytes")
        #expect(message("{{ range(-9223372036854775807, 9223372036854775807) }}").hasPrefix("limit: range() of"))
        #expect(
            message("{{ range(9223372036854775807, -9223372036854775807, -9223372036854775807)|list }}").hasPrefix(
                "rendered"
            )
        )
    }

    /// Where an integer may be anything, the largest and the smallest one.
    @Test(arguments: [
        "range(-9223372036854775807, 9223372036854775807, 6000000000000000000)|list",
        "range(n, m, 6000000000000000000)|list",
        "range(m, n, -6000000000000000000)|list", "5 in range(n, m, 6000000000000000000)",
        "m in range(m, n, -6000000000000000000)",
        "range(n, m, 6000000000000000000)[n]", "range(n, m, 6000000000000000000)|last", "'' * m", "safe * m", "() * m",
        "'a' * n",
        "'a'.center(n)", "'a'.center(m)", "'a'.ljust(n)", "'-5'.zfill(n)", "'-5'.zfill(m)", "'a'|center(n)",
        "'a b c'.split(' ', n)",
        "'a b c'.split(none, n)", "'a b c'.rsplit(' ', n)", "'aaa'.replace('a', 'b', n)", "'aaa'.replace('', 'b', n)",
        "'aaa'|replace('a', 'b', n)", "'aaa'|replace('a', 'b', m)", "'abc'.find('b', n)", "'abc'.find('b', m, n)",
        "'abc'.find('', n, m)",
        "'abc'[n]", "'abc'[m]", "'abc'[n:m]", "'abc'[m:n]", "'abc'[::n]", "'abc'[::m]", "'abc'[n:m:n]", "'abc'[m:n:n]",
        "[1, 2][n]",
        "[1, 2][m:n:m]", "[1, 2].pop(n)", "[1, 2].pop(m)", "[1, 2].insert(n, 1)", "[1, 2].insert(m, 1)", "m|round(n)",
        "n|round(n)",
        "n|round(m)", "m|round(-18)", "n|round(-18)", "1.5|round(n)", "1.5|round(m)", "1.5|round(n, 'ceil')",
        "1.5|round(300, 'floor')",
        "'abc'|truncate(m, leeway=m)", "'abc'|truncate(n)", "'abc'|truncate(9, leeway=n)", "'abc'|indent(n)",
        "'abc'|indent(m)",
        "'a b'|wordwrap(n)", "'a b'|wordwrap(m)", "[1]|batch(n)", "[1]|batch(m)", "[1]|batch(m, 'x')", "[1]|slice(n)",
        "[1]|slice(m)",
        "[1]|tojson(n)", "[1]|tojson(m)", "'7'|int(0, n)", "'7'|int(0, m)", "n|filesizeformat", "m|filesizeformat",
        "n|abs", "-n", "-m",
        "n // -1", "n % -1", "n * -1", "n - 1", "m + 1", "m ** 2", "2 ** m", "2 ** n", "0 ** n", "n ** m", "m / n",
        "n / -1", "1.5 ** m",
        "1.5 // m", "n % m", "m // n", "'%*d' % (n, 1)", "'%*d' % (m, 1)", "'%.*f' % (n, 1)", "'%.*f' % (m, 1.5)",
        "'%c' % n", "'%d' % n",
        "'%x' % n", "'{:,}'.format(n)", "'{:x}'.format(n)", "'{:c}'.format(m)", "'{:e}'.format(n)", "[n, m]|sum",
        "[n, m]|max", "n is odd",
        "n is divisibleby -1", "n is divisibleby 0", "'http://a.com'|urlize(n)", "'http://a.com'|urlize(m)",
        "(n ~ '')|int", "(n ~ '0')|int",
        "1e308 * 10", "1e308|int", "(1e308 * 10)|round", "(1e308 * 10)|int", "(1e308 * 10)|filesizeformat",
        "'%d' % 1e308",
        "'%d' % (1e308 * 10)", "l[n]", "l.0", "{n: m}[n]", "[3, 1]|sort(attribute=n)", "[[1]]|map(attribute=m)|list",
        "lipsum(n)",
        "cycler(1).next()", "loop.cycle(1)", "dict([[n, m]])", "'abc'|center(-5)", "[1]|first", "'x' * 1000001",
        "m in [n]", "n == 1.0 * n",
        "m == 1.0 * m", "m < 1e19", "[m] < [n]", "n|string|wordcount", "n|tojson", "'{0[99]}'.format([1])",
        "'{99}'.format(1)",
    ]) func extremes(_ expression: String) throws {
        let values: [String: TemplateValue] = ["n": .int(.min), "m": .int(.max), "safe": .safe(""), "l": [1]]
        // That there is an answer or an error is all that is asked; a trap would end the test.
        do {
            _ = try Templates(loader: DictionaryLoader([:])).render(text: "{{ \(expression) }}", values)
        } catch is TemplateError {}
    }

    @Test func rounds() {
        let loops = "{% for a in range(100) %}{% for b in range(100) %}{% endfor %}{% endfor %}"
        #expect(
            message(loops) { $0.iterations = 1_000 }
                == "limit: more than 1000 rounds of loops (TemplateLimits.iterations)"
        )
    }

    @Test func output() {
        let loop = "{% for a in range(100) %}0123456789{% endfor %}"
        #expect(message(loop) { $0.output = 500 } == "limit: the text is longer than 500 bytes (TemplateLimits.output)")
        #expect(
            message("{% macro m() %}\(loop)\(loop){% endmacro %}{{ m() }}") { $0.output = 1500 }.hasPrefix(
                "limit: the text"
            )
        )
    }

    @Test func repetitions() {
        #expect(message("{{ 'ab' * 1000000 }}") == "limit: a repetition longer than 1000000")
        #expect(message("{{ [0] * 9223372036854775807 }}") == "limit: a repetition longer than 1000000")
        #expect(message("{{ [] * 9223372036854775807 }}") == "rendered 2 bytes")
        #expect(message("{{ ''.center(1000000000) }}") == "limit: a width above 1000000")
        #expect(message("{{ '%1000000000d' % 1 }}") == "limit: a width or precision above 10000 in a format")
    }

    @Test func doubledTexts() {
        let doubled =
            "{% set ns = namespace(t='0123456789') %}{% for i in range(60) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}"
        #expect(message(doubled) == "limit: a text longer than 67108864 bytes")
    }

    @Test func listsWithinLists() {
        let nested = "{% set ns = namespace(l=[]) %}{% for i in range(100000) %}{% set ns.l = [ns.l] %}{% endfor %}"
        #expect(message(nested) == "limit: a list within a list within a list, deeper than 200")
    }

    @Test func whatHoldsItself() {
        let message = "runtime: a list, a dictionary or a namespace cannot hold itself"
        #expect(self.message("{% set l = [] %}{% do l.append(l) %}") == message)
        #expect(self.message("{% set l = [] %}{% do l.extend([1, [l]]) %}") == message)
        #expect(self.message("{% set d = {} %}{% do d.update(x=[d]) %}") == message)
        #expect(self.message("{% set n = namespace() %}{% set n.x = n %}") == message)
        #expect(self.message("{% set n = namespace(l=[]) %}{% do n.l.append(n) %}{% set n.m = [n.l] %}") == message)
    }

    @Test func depth() {
        #expect(
            message("{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}").hasPrefix(
                "limit: macros, blocks and templates"
            )
        )
        #expect(message("{% block a %}{{ self.a() }}{% endblock %}").hasPrefix("limit: macros, blocks and templates"))
        #expect(
            message("{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}").hasPrefix(
                "limit: macros, blocks and templates"
            )
        )
    }

    /// As deep as every limit allows, all at once, on stacks of several sizes.
    @Test(arguments: [8 << 20, 2 << 20, 3 << 19]) func stacks(_ size: Int) async {
        let tags = String(repeating: "{% if 1 %}", count: 45), ends = String(repeating: "{% endif %}", count: 45)
        let call = String(repeating: "dict(a=", count: 90) + "m(n + 1)" + String(repeating: ")", count: 90)
        let text = "{% macro m(n) %}\(tags){{ \(call) }}\(ends){% endmacro %}{{ m(0) }}"
        let message = await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: self.message(text)) }
            thread.stackSize = size
            thread.start()
        }
        let isStack = message == "limit: the template takes more than the stack of its thread has room for"
        #expect(isStack || message.hasPrefix("limit: macros, blocks and templates call each other"))
    }

    @Test func expressionsAndTags() {
        let parentheses = String(repeating: "(", count: 5_000) + "1" + String(repeating: ")", count: 5_000)
        #expect(
            message("{{ \(parentheses) }}") == "syntax: more than 100 expressions within each other; set parts of it"
        )
        let sum = Array(repeating: "1", count: 10_000).joined(separator: " + ")
        #expect(message("{{ \(sum) }}") == "syntax: more than 100 expressions within each other; set parts of it")
        #expect(message("{{ \(String(repeating: "not ", count: 10_000))1 }}").hasPrefix("syntax: more than 100"))
        #expect(message("{{ \(String(repeating: "-", count: 10_000))1 }}").hasPrefix("syntax: more than 100"))
        #expect(message("{{ x\(String(repeating: "|e", count: 10_000)) }}").hasPrefix("syntax: more than 100"))
        #expect(
            message("{{ \(Array(repeating: "1", count: 10_000).joined(separator: " ~ ")) }}") == "rendered 10000 bytes"
        )
        let tags = String(repeating: "{% if 1 %}", count: 5_000)
        #expect(message(tags) == "syntax: more than 50 tags within each other")
    }

    @Test func numbers() {
        #expect(
            message("{{ 9223372036854775807 + 1 }}").hasPrefix(
                "runtime: 9223372036854775807 + 1 does not fit into an integer of 64 bits"
            )
        )
        #expect(message("{{ 10 ** 30 }}").contains("does not fit"))
        #expect(message("{{ (-9223372036854775807 - 1) // -1 }}").contains("does not fit"))
        #expect(message("{{ (-9223372036854775807 - 1) % -1 }}") == "rendered 1 bytes")
        #expect(message("{{ -(-9223372036854775807 - 1) }}").contains("does not fit"))
        #expect(message("{{ (-9223372036854775807 - 1)|abs }}").contains("does not fit"))
        #expect(
            message("{{ 99999999999999999999 }}")
                == "syntax: the integer 99999999999999999999 does not fit into 64 bits"
        )
        #expect(message("{{ 1e300|int }}").contains("does not fit"))
        #expect(
            message("{{ 9223372036854775807|round(-18) }}").contains("rendered")
                || message("{{ 9223372036854775807|round(-18) }}").contains("fit")
        )
        #expect(
            message(
                "{{ 'abc'[-9223372036854775807] }}{{ 'abc'[9223372036854775807:] }}{{ 'abc'[::9223372036854775807] }}"
            ).hasPrefix("rendered")
        )
        #expect(message("{{ 'abc'[:-9223372036854775807:-9223372036854775807] }}").hasPrefix("rendered"))
    }
}
