import Synchronization

/// Finds templates, compiles each once and keeps them.
final class TemplateEngine: Sendable {
    let options: TemplateOptions
    let globals: [String: TemplateValue]
    let tables: TemplateTables
    private let loader: any TemplateLoader
    private let cache: Mutex<TemplateCache>

    init(_ loader: any TemplateLoader, _ options: TemplateOptions) {
        self.loader = loader
        self.options = options
        tables = TemplateTables(options)
        globals = StandardGlobals.values(options.limits).merging(options.globals) { $1 }
        cache = Mutex(TemplateCache(capacity: options.cacheSize))
    }

    /// The template of this name. Two that ask at a time may both compile it; one of the results is kept.
    ///
    /// - Throws: ``TemplateError``.
    func template(_ name: String) throws -> CompiledTemplate {
        guard let template = try find(name) else { throw missing(name) }
        return template
    }

    /// As `template`; nothing when there is none of this name.
    func find(_ name: String) throws -> CompiledTemplate? {
        let kept = cache.withLock { $0.find(name) }
        if let kept, !options.autoReload || kept.isCurrent { return kept.template }
        guard let loaded = try load(name) else { return nil }
        let template = try compile(loaded.text, name: name, path: loaded.path)
        cache.withLock { $0.keep(TemplateCache.Entry(template: template, check: loaded.isCurrent), as: name) }
        return template
    }

    func compile(_ text: String, name: String, path: String? = nil) throws -> CompiledTemplate {
        let source = TemplateSource(name: name, path: path, text: text)
        return try TemplateCompiler.compile(source, options: options, tables: tables)
    }

    private func load(_ name: String) throws -> LoadedTemplate? {
        do { return try loader.load(name) } catch {
            throw TemplateError("\(error)", kind: .runtime, template: name)
        }
    }

    func missing(_ name: String) -> TemplateError {
        let hint = Suggestion.text(for: name, among: loader.names)
        return TemplateError(
            "there is no template '\(name)' in \(loader.place)\(hint)",
            kind: .notFound,
            template: name
        )
    }
}
