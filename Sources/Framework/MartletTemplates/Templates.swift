/// Templates in a dialect of Jinja: an environment that finds them, compiles each once, and renders.
///
///     let templates = Templates(folder: "templates")
///     let page = try templates.render("page.html", ["title": "Hello", "names": ["Ada", "Grace"]])
///
/// Everything is escaped that is not said to be HTML. Any number of threads may render at a time.
public struct Templates: Sendable {
    private let engine: TemplateEngine

    public init(loader: any TemplateLoader, options: TemplateOptions = TemplateOptions()) {
        engine = TemplateEngine(loader, options)
    }

    public init(folder: String, options: TemplateOptions = TemplateOptions()) {
        self.init(loader: FolderLoader(folder), options: options)
    }

    /// - Parameters:
    ///   - name: that of the template, as the loader knows it: `posts/index.html`.
    ///   - values: what the names in the template mean.
    ///   - globals: what imported templates know too, such as `url_for` of this request.
    /// - Throws: ``TemplateError``.
    public func render(
        _ name: String,
        _ values: [String: TemplateValue] = [:],
        globals: [String: TemplateValue] = [:]
    ) throws -> String {
        String(decoding: try renderBytes(name, values, globals: globals), as: UTF8.self)
    }

    /// The properties of `values` are the names in the template.
    ///
    /// - Throws: ``TemplateError``; for what has no properties, `EncodingError`.
    public func render(
        _ name: String,
        _ values: some Encodable,
        globals: [String: TemplateValue] = [:]
    ) throws -> String {
        try render(name, try TemplateValue.names(of: values), globals: globals)
    }

    /// The text in UTF-8, as it is sent.
    ///
    /// - Throws: ``TemplateError``.
    public func renderBytes(
        _ name: String,
        _ values: [String: TemplateValue] = [:],
        globals: [String: TemplateValue] = [:]
    ) throws -> [UInt8] {
        try run(try engine.template(name), values, globals)
    }

    /// A template that is no file: Flask's `render_template_string`. It is compiled each time.
    ///
    /// - Throws: ``TemplateError``.
    public func render(
        text: String,
        _ values: [String: TemplateValue] = [:],
        globals: [String: TemplateValue] = [:]
    ) throws -> String {
        String(decoding: try run(try engine.compile(text, name: "<template>"), values, globals), as: UTF8.self)
    }

    /// Compiles a template, so that what is wrong with it is known before somebody asks for the page.
    ///
    /// - Throws: ``TemplateError``.
    public func check(_ name: String) throws { _ = try engine.template(name) }

    private func run(
        _ template: CompiledTemplate,
        _ values: [String: TemplateValue],
        _ globals: [String: TemplateValue]
    ) throws -> [UInt8] {
        let rendering = Rendering(engine, globals: globals, given: values)
        defer { rendering.end() }
        let context = Context(rendering, template, given: values)
        var output = Output(limit: engine.options.limits.output)
        do { try template.run(context, &output) } catch let error as TemplateError { throw error } catch {
            throw TemplateError("\(error)", kind: .runtime, template: template.name)
        }
        return output.bytes
    }
}
