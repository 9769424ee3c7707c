/// All filters, by name.
enum FilterTable {
    /// The value, the arguments, and the environment with its other filters and tests.
    typealias Filter = @Sendable (TemplateValue, TemplateArguments, TemplateEngine) throws -> TemplateValue

    static let filters: [String: Filter] = [
        // Texts.
        "capitalize": { value, _, _ in TextFilters.mapped(value, StringOperations.capitalized) },
        "center": TextFilters.center,
        "format": TextFilters.format,
        "indent": TextFilters.indent,
        "lower": { value, _, _ in TextFilters.mapped(value, StringOperations.lowercased) },
        "replace": TextFilters.replace,
        "string": { value, _, _ in TextFilters.mapped(value) { $0 } },
        "title": TextFilters.title,
        "trim": TextFilters.trim,
        "truncate": TextFilters.truncate,
        "upper": { value, _, _ in TextFilters.mapped(value, StringOperations.uppercased) },
        "wordcount": TextFilters.wordCount,
        "wordwrap": TextFilters.wordWrap,
        // HTML, URLs, JSON.
        "e": HTMLFilters.escape,
        "escape": HTMLFilters.escape,
        "forceescape": HTMLFilters.forceEscape,
        "safe": HTMLFilters.safe,
        "striptags": HTMLFilters.stripTags,
        "tojson": JSONFilter.toJSON,
        "urlencode": URLFilters.urlEncode,
        "urlize": URLFilters.urlize,
        "xmlattr": HTMLFilters.xmlAttributes,
        // Numbers.
        "abs": NumberFilters.absolute,
        "filesizeformat": NumberFilters.fileSize,
        "float": NumberFilters.float,
        "int": NumberFilters.int,
        "round": NumberFilters.round,
        // Collections.
        "attr": SequenceFilters.attribute,
        "batch": SequenceFilters.batch,
        "count": SequenceFilters.length,
        "d": SequenceFilters.fallback,
        "default": SequenceFilters.fallback,
        "dictsort": SequenceFilters.dictSort,
        "first": SequenceFilters.first,
        "items": SequenceFilters.items,
        "join": SequenceFilters.join,
        "last": SequenceFilters.last,
        "length": SequenceFilters.length,
        "list": SequenceFilters.list,
        "reverse": SequenceFilters.reverse,
        "slice": SequenceFilters.slice,
        // What looks at attributes of elements.
        "groupby": SelectionFilters.groupBy,
        "map": SelectionFilters.map,
        "max": { value, arguments, _ in try SelectionFilters.extreme(value, arguments, isMax: true) },
        "min": { value, arguments, _ in try SelectionFilters.extreme(value, arguments, isMax: false) },
        "reject": { try SelectionFilters.select($0, $1, $2, wanted: false, byAttribute: false) },
        "rejectattr": { try SelectionFilters.select($0, $1, $2, wanted: false, byAttribute: true) },
        "select": { try SelectionFilters.select($0, $1, $2, wanted: true, byAttribute: false) },
        "selectattr": { try SelectionFilters.select($0, $1, $2, wanted: true, byAttribute: true) },
        "sort": SelectionFilters.sort,
        "sum": SelectionFilters.sum,
        "unique": SelectionFilters.unique,
    ]
}
