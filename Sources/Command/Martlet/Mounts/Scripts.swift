internal import MartletCommand
internal import MartletFramework
public import MartletGateway

/// CGI scripts (RFC 3875): a folder of them, or one.
///
///     app.mount("/cgi-bin", Scripts("cgi-bin"))
public struct Scripts: Application {
    private let target: ServerTarget

    /// - Parameters:
    ///   - path: from the folder that the program was started in.
    ///   - settings: by the names and in the form that they have in a route of `martlet.toml` with `cgi = …`. What is wrong with one
    ///     is said when the app starts.
    public init(_ path: String, _ settings: KeyValuePairs<String, String> = [:]) {
        target = ServerTarget("Scripts(\"\(path)\")") {
            try MountedTarget.scripts(path, settings.map { ($0.key, $0.value) })
        }
    }

    public func respond(to request: Request) async throws -> Response { try await target.respond(to: request) }
}

extension Scripts: ServedTarget, MountedApplication, DirectApplication {
    var targets: [MountedTarget] { target.targets }
    package func begin(_ request: Request, for exchange: any Exchange) { target.begin(request, for: exchange) }
    package var fault: String? { target.fault }
}
