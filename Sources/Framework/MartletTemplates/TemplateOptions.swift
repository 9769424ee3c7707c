/// How templates are read and what they can use. Flask's defaults, except that everything is escaped whatever the file is
/// called.
public struct TemplateOptions: Sendable {
    /// Takes away the first line break behind a block tag.
    public var trimBlocks = false
    /// Takes away white space between the start of a line and a block tag.
    public var lstripBlocks = false
    /// Keeps the line break at the end of a template.
    public var keepTrailingNewline = false
    /// For development: looks before each rendering whether a file has changed.
    public var autoReload = false
    /// How many compiled templates are kept: Jinja's `cache_size`.
    public var cacheSize = 400
    public var limits = TemplateLimits()

    /// A filter: `{{ value|name(…) }}` calls it with the value and the arguments.
    public typealias Filter = @Sendable (TemplateValue, TemplateArguments) throws -> TemplateValue
    /// A test: `{% if value is name(…) %}`.
    public typealias Test = @Sendable (TemplateValue, TemplateArguments) throws -> Bool

    /// Besides Jinja's, and instead of those of the same name.
    public var filters: [String: Filter] = [:]
    public var tests: [String: Test] = [:]
    /// What every template knows, also one that is imported.
    public var globals: [String: TemplateValue] = [:]

    public init() {}
}
