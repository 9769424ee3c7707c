public import MartletGateway
public import MartletTemplates

extension App {
    /// Renders the templates of a folder (Jinja's language): a handler asks with `request.render`.
    ///
    ///     app.templates(in: "templates")
    ///     app.get("/users/<name>") { (request: Request, name: String) in try request.render("user.html", ["name": .string(name)]) }
    ///
    /// In development a template that was saved is taken up with the next page.
    ///
    /// - Parameter folder: from the folder that the program was started in.
    public func templates(
        in folder: String,
        options: TemplateOptions = TemplateOptions(),
        file: StaticString = #fileID,
        line: UInt = #line
    ) {
        templates(FolderLoader(folder), options: options, file: file, line: line)
    }

    /// Renders templates from wherever they are: memory, several folders, one for each blueprint.
    public func templates(
        _ loader: some TemplateLoader,
        options: TemplateOptions = TemplateOptions(),
        file: StaticString = #fileID,
        line: UInt = #line
    ) {
        registry.change(SourceLocation(file: file, line: line)) { $0.templates = (loader, options) }
    }
}

/// What pages are made with: the templates of an app, and its names.
final class Pages: Sendable {
    private let templates: Templates

    init(
        _ loader: any TemplateLoader,
        _ options: TemplateOptions,
        _ environment: App.Environment
    ) {
        var options = options
        options.autoReload = options.autoReload || environment == .development
        templates = Templates(loader: loader, options: options)
    }

    func render(_ name: String, _ values: [String: TemplateValue], for request: Request) throws -> HTML {
        HTML(raw: try templates.render(name, values, globals: PageGlobals.of(request)))
    }

    enum Key: RequestStorage.Key { typealias Value = Pages }
}

/// A page was asked for from an app without templates.
struct NoTemplates: Error, CustomStringConvertible {
    var description: String { "The app has no templates. Write app.templates(in: \"templates\")." }
}

extension Request {
    /// A page from a template. Besides the values it knows `request`, `session`, `url_for` and `get_flashed_messages`, as in Flask.
    ///
    /// - Throws: `TemplateError`, with the place in the template.
    public func render(_ name: String, _ values: [String: TemplateValue] = [:]) throws -> HTML {
        guard let pages = storage[Pages.Key.self] else { throw NoTemplates() }
        return try pages.render(name, values, for: self)
    }

    /// A page from a template whose names are the properties of a value.
    ///
    /// - Throws: `TemplateError`; `EncodingError` for what has no properties.
    public func render(_ name: String, _ values: some Encodable) throws -> HTML {
        try render(name, try TemplateValue.names(of: values))
    }
}
