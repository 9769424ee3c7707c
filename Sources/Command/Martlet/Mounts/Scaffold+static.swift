internal import MartletCommand
public import MartletFramework
internal import MartletGateway

extension Scaffold {
    /// Serves a folder of files, as nginx would: `app.static("/static", from: "static")`.
    ///
    /// `request.url(static: "style.css")`, and `url_for("static", filename="style.css")` in pages, have what changes with the content in
    /// the URL. Who asks by that may keep the file for a year; who asks without it is told to ask again each time.
    ///
    /// - Parameters:
    ///   - prefix: where it is served.
    ///   - folder: from the folder that the program was started in.
    ///   - settings: as in a route of `martlet.toml` with `files = …`: `["listing": "on"]`.
    ///   - name: what URLs are built by.
    public func `static`(
        _ prefix: String = "/static",
        from folder: String,
        _ settings: KeyValuePairs<String, String> = [:],
        name: String = "static",
        file: StaticString = #fileID,
        line: UInt = #line
    ) {
        let files = StaticFiles(folder, settings.map { ($0.key, $0.value) })
        mount(prefix, files, name: name, file: file, line: line)
    }
}

/// A folder of an app whose files may be kept by those who know their version.
private struct StaticFiles: MountedApplication, DirectApplication, ServedTarget {
    private let usual: ServerTarget
    private let kept: ServerTarget
    let folder: StaticFolder?

    init(_ path: String, _ settings: [(String, String)]) {
        func target(cache: String) -> ServerTarget {
            ServerTarget("static(from: \"\(path)\")") {
                let own = settings.contains { $0.0 == "cache" } ? [] : [("cache", cache)]
                return try MountedTarget.files(path, settings + own)
            }
        }
        usual = target(cache: "0s")
        kept = ServerTarget("static(from: \"\(path)\")") {
            try MountedTarget.files(path, settings.filter { $0.0 != "cache" } + [("cache", "365d immutable")])
        }
        folder = StaticFolder(path)
    }

    var fault: String? { usual.fault }
    var targets: [MountedTarget] { usual.targets + kept.targets }

    func respond(to request: Request) async throws -> Response { try await respondByBeginning(request) }

    func begin(_ request: Request, for exchange: any Exchange) {
        (isOfVersion(request) ? kept : usual).begin(request, for: exchange)
    }

    private func isOfVersion(_ request: Request) -> Bool {
        guard let version = request.args["v"] else { return false }
        return folder?.version(of: String(request.path.drop { $0 == "/" })) == version
    }
}
