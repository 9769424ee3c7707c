import Foundation
import MartletTemplates
import Testing

/// The environment: values, loaders, what the program adds.
struct TemplatesTests {
    private func templates(_ texts: [String: String], _ change: (inout TemplateOptions) -> Void = { _ in }) -> Templates
    {
        var options = TemplateOptions()
        change(&options)
        return Templates(loader: DictionaryLoader(texts), options: options)
    }

    struct Page: Encodable {
        struct User: Encodable {
            let name: String
            let age: Int
            let mail: String?
        }

        enum Level: String, Encodable { case high }

        let title: String
        let users: [User]
        let sizes: [String: Double]
        let level = Level.high
        let note: TemplateValue
    }

    @Test func encodableValues() throws {
        let page = Page(
            title: "<T>",
            users: [.init(name: "Ada", age: 36, mail: nil), .init(name: "Bob", age: 7, mail: "b@x")],
            sizes: ["a": 1.5],
            note: .safe("<b>")
        )
        let templates = templates([
            "page":
                "{{ title }} {% for u in users %}{{ u.name }}{{ u.age + 1 }}{{ u.mail }} {% endfor %}{{ sizes.a }} {{ level }} {{ note }}"
        ])
        #expect(try templates.render("page", page) == "&lt;T&gt; Ada37None Bob8b@x 1.5 high <b>")
        #expect(throws: EncodingError.self) { try templates.render("page", [1, 2]) }
    }

    @Test func literals() throws {
        let templates = templates(["page": "{{ a }} {{ b }} {{ c }} {{ d }} {{ e }} {{ f }}"])
        let text = try templates.render(
            "page",
            ["a": 1, "b": 1.5, "c": nil, "d": [true, "x"], "e": ["k": [1]], "f": "t\(1)"]
        )
        #expect(text == "1 1.5 None [True, &#39;x&#39;] {&#39;k&#39;: [1]} t1")
    }

    @Test func filtersTestsAndGlobals() throws {
        let templates = templates([
            "page":
                "{{ 3|double }} {{ 3|double(by=5) }} {{ 4 is big }} {{ site }} {{ add(1, 2) }} {{ url_for('x', id=3) }}{% import 'lib' as lib %}{{ lib.m() }}",
            "lib": "{% macro m() %}{{ site }}{{ url_for('y') }}{% endmacro %}",
        ]) { options in
            options.filters["double"] = { value, arguments in
                guard case .int(let number) = value else { throw TemplateProblem("a number is wanted") }
                return .int(number * (try arguments.int(0, "by", default: 2)))
            }
            options.tests["big"] = { value, _ in if case .int(let number) = value { number > 3 } else { false } }
            options.globals["site"] = "S"
            options.globals["add"] = .function("add") { arguments in
                .int(try arguments.int(0, "a", default: 0) + arguments.int(1, "b", default: 0))
            }
        }
        let urlFor = TemplateValue.function("url_for") { arguments in
            .string(
                "/" + (try arguments.string(0, "endpoint", default: ""))
                    + (arguments["id"].map { "/\($0)" } ?? "").suffix(0)
            )
        }
        #expect(try templates.render("page", [:], globals: ["url_for": urlFor]) == "6 15 True S 3 /xS/y")
        let error = #expect(throws: TemplateError.self) { try templates.render(text: "{{ 'x'|double }}") }
        #expect(error?.message == "double: a number is wanted")
    }

    final class Row: TemplateObject {
        let id: Int
        init(_ id: Int) { self.id = id }
        var typeName: String { "Row" }
        var attributeNames: [String] { ["id", "friends"] }
        func attribute(_ name: String) throws -> TemplateValue? {
            switch name {
            case "id": .int(id)
            case "friends": .array([.object(Row(id + 1))])
            default: nil
            }
        }
    }

    @Test func objects() throws {
        let templates = templates([
            "page": "{{ row.id }} {% for f in row.friends %}{{ f.id }}{% endfor %} {{ row }} {{ row['id'] }}",
            "bad": "{{ row.freinds.x }}",
        ])
        let values: [String: TemplateValue] = ["row": .object(Row(1))]
        #expect(try templates.render("page", values) == "1 2 &lt;Row&gt; 1")
        let error = #expect(throws: TemplateError.self) { try templates.render("bad", values) }
        #expect(error?.message == "'Row' has no attribute 'freinds'; did you mean 'friends'?")
    }

    @Test func severalLoaders() throws {
        let loader = SeveralLoaders([
            DictionaryLoader(["a": "app"]), DictionaryLoader(["a": "other", "b": "other"]),
            PrefixLoader("admin", DictionaryLoader(["a": "admin"])),
        ])
        let templates = Templates(loader: loader)
        #expect(try templates.render("a") == "app")
        #expect(try templates.render("b") == "other")
        #expect(try templates.render("admin/a") == "admin")
        let error = #expect(throws: TemplateError.self) { try templates.render("admin/b") }
        #expect(
            error?.description
                == "admin/b: there is no template 'admin/b' in 1 templates in memory, 2 templates in memory, 1 templates in memory for admin/…; did you mean 'admin/a'?"
        )
    }

    @Test func dataOfTheProgramIsNotChanged() {
        let error = #expect(throws: TemplateError.self) {
            try templates([:]).render(text: "{% do l.append(1) %}", ["l": [1]])
        }
        #expect(error?.message.contains("change a copy, {% set copy = it|list %}") == true)
        #expect(throws: Never.self) {
            try templates([:]).render(text: "{% set c = l|list %}{% do c.append(1) %}{{ c }}", ["l": [1]])
        }
    }

    @Test func escapingCannotBeSwitchedOff() {
        let error = #expect(throws: TemplateError.self) {
            try templates([:]).render(text: "{% autoescape false %}x{% endautoescape %}")
        }
        #expect(error?.message == "escaping cannot be switched off; say of each value that is HTML: {{ value|safe }}")
        #expect(error?.kind == .syntax)
        #expect(error?.line == 1)
        #expect(error?.column == 4)
    }

    @Test func errorsOfTheProgram() {
        struct Broken: Error, CustomStringConvertible { var description: String { "the database is gone" } }
        let error = #expect(throws: TemplateError.self) {
            try templates([:]).render(text: "a\n{{ load() }}", ["load": .function("load") { _ in throw Broken() }])
        }
        #expect(error?.description == "<template>:2:4: the database is gone\n  2 | {{ load() }}\n    |    ^")
    }

    @Test func manyThreads() async throws {
        let templates = templates([
            "page":
                "{% from 'lib' import m %}{% set l = [] %}{% for i in range(n) %}{% do l.append(i) %}{% endfor %}{{ m(l|sum) }}",
            "lib": "{% macro m(x) %}<{{ x }}>{% endmacro %}",
        ])
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 { group.addTask { try templates.render("page", ["n": 100]) } }
            for try await text in group { #expect(text == "<4950>") }
        }
    }

    /// A macro that the program has kept does not run in another rendering.
    @Test func macrosEndWithTheirRendering() throws {
        final class Kept: @unchecked Sendable { var value: TemplateValue? }
        let kept = Kept()
        let keep = TemplateValue.function("keep") { arguments in
            kept.value = arguments.positional.first
            return ""
        }
        let templates = templates([:])
        #expect(try templates.render(text: "{% macro m() %}x{% endmacro %}{{ keep(m) }}", ["keep": keep]) == "")
        let value = try #require(kept.value)
        let error = #expect(throws: TemplateError.self) { try templates.render(text: "{{ m() }}", ["m": value]) }
        #expect(error?.message == "the macro belongs to a rendering that is over")
    }
}
