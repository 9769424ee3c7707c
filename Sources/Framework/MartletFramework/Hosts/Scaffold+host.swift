extension Scaffold {
    /// Registers what answers on one host only: `app.host("api.example.org") { api in api.get("/") { "the API" } }`.
    ///
    /// A part of the name may be a parameter: with `<tenant>.example.org` the handlers take it before the values of the path, and text goes
    /// before parameters. On that host these routes come first, and those of the app itself answer the rest. Which certificates and which
    /// sites a server has is another matter, of its settings.
    public func host(
        _ host: String,
        file: StaticString = #fileID,
        line: UInt = #line,
        _ routes: (Blueprint) -> Void
    ) {
        let part = Blueprint("", host: host)
        routes(part)
        register(part, file: file, line: line)
    }
}
