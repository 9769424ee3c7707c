/// Files that are sent without the application.
enum UWSGIFileOptions {
    static let rows: [UWSGIOptions.Row] = [
        .take(
            "static-map",
            becomes: #"[route."/static"] files = "static""#,
            "What is not there is a 404; uWSGI asks the application then."
        ) { (site, option) throws(NotTaken) in try site.addFolder(option, appendsPath: false) },
        .take("static-map2", becomes: #"[route."/static"] files = "public/static""#) {
            (site, option) throws(NotTaken) in
            try site.addFolder(option, appendsPath: true)
        },
        .missing(
            "check-static",
            "check-static-docroot",
            "docroot",
            "static-skip-ext",
            "document-root",
            instead:
                "a route has files or an application; write a route for each folder that is in it, such as [route.\"/static\"]"
        ),
        .missing(
            "static-index",
            "static-expires",
            "static-expires-uri",
            "static-expires-path-info",
            "static-expires-type",
            "static-expires-type-mtime",
            "static-expires-mtime",
            "static-expires-uri-mtime",
            "static-expires-path-info-mtime",
            "expires",
            instead: "write cache = \"30d\", or index, into the route of the folder"
        ),
        .missing("static-safe", instead: "write symlinks into the route of the folder, where they lead out of it"),
        .notNeeded(
            "static-gzip",
            "static-gzip-all",
            "static-gzip-dir",
            "static-gzip-ext",
            "static-cache-paths",
            "static-cache-paths-name",
            "static-accel",
            "offload-threads",
            "offload-thread",
            "threaded-fileserve",
            "mimefile",
            "mime-file",
            "fileserve-mode",
            because: "files go out by sendfile from a cache, with app.js.gz, .br or .zst where it is there"
        ),
        .missing(
            "add-header",
            "response-header",
            "collect-header",
            "del-header",
            instead: "write [route.\"/\".headers] with set or remove"
        ),
    ]
}

extension UWSGITranslation {
    /// `/static=/srv/static`
    fileprivate mutating func addFolder(_ option: UWSGIOption, appendsPath: Bool) throws(NotTaken) {
        guard let equals = option.value.firstIndex(of: "="), option.value.hasPrefix("/") else {
            throw .not("write it as /path=folder")
        }
        var path = String(option.value[..<equals])
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        guard path != "/" else { throw .not("the whole site would be files; the application has its route there") }
        let folder = String(option.value[option.value.index(after: equals)...])
        guard !folder.isEmpty else { throw .not("it names no folder") }
        let name = path.split(separator: "/").last ?? ""
        guard !name.contains(".") || name != folder.split(separator: "/").last ?? "" else {
            throw .not(
                "a route has a folder, not one file; put it into a folder that has a route, or let the application answer"
            )
        }
        let table = ["route", path]
        guard !sketch.has("files", in: table) else { throw .not("\(path) has a folder already, and cannot have two") }
        sketch.set("files", .text(place.path(appendsPath ? folder + path : folder)), in: table, from: option.origin)
    }
}
