/// Loaders that are asked one after the other; the first that has the template gives it. Those of blueprints, behind that of
/// the application, as in Flask.
public struct SeveralLoaders: TemplateLoader {
    private let loaders: [any TemplateLoader]

    public init(_ loaders: [any TemplateLoader]) { self.loaders = loaders }

    public func load(_ name: String) throws -> LoadedTemplate? {
        for loader in loaders {
            if let found = try loader.load(name) { return found }
        }
        return nil
    }

    public var names: [String] { loaders.flatMap(\.names) }
    public var place: String { loaders.map(\.place).joined(separator: ", ") }
}

/// Templates of another loader, with a prefix and a slash before their names: `admin/index.html`.
public struct PrefixLoader: TemplateLoader {
    private let prefix: String
    private let loader: any TemplateLoader

    public init(_ prefix: String, _ loader: any TemplateLoader) {
        self.prefix = prefix + "/"
        self.loader = loader
    }

    public func load(_ name: String) throws -> LoadedTemplate? {
        guard name.hasPrefix(prefix) else { return nil }
        return try loader.load(String(name.dropFirst(prefix.count)))
    }

    public var names: [String] { loader.names.map { prefix + $0 } }
    public var place: String { "\(loader.place) for \(prefix)…" }
}
