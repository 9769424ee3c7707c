/// The filters and tests of an environment: Jinja's, and those of the program.
struct TemplateTables: Sendable {
    let filters: [String: FilterTable.Filter]
    let tests: [String: TestTable.Test]

    init(_ options: TemplateOptions) {
        filters = FilterTable.filters.merging(options.filters.mapValues(Self.filter)) { $1 }
        tests = TestTable.tests.merging(options.tests.mapValues(Self.test)) { $1 }
    }

    private static func filter(_ filter: @escaping TemplateOptions.Filter) -> FilterTable.Filter {
        { value, arguments, _ in try filter(value, arguments) }
    }

    private static func test(_ test: @escaping TemplateOptions.Test) -> TestTable.Test {
        { value, arguments, _ in try test(value, arguments) }
    }
}
