/// Templates in memory, by name.
public struct DictionaryLoader: TemplateLoader {
    private let templates: [String: String]

    public init(_ templates: [String: String]) { self.templates = templates }

    public func load(_ name: String) -> LoadedTemplate? { templates[name].map { LoadedTemplate(text: $0) } }
    public var names: [String] { Array(templates.keys) }
    public var place: String { "\(templates.count) templates in memory" }
}
