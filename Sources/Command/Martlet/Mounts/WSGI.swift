internal import MartletCommand
internal import MartletFramework
public import MartletGateway

/// A Python application (PEP 3333) in processes of the server, as `martlet run` serves it.
///
///     app.mount("/legacy", WSGI("legacy:app", ["directory": "legacy", "workers": "4"]))
///
/// Flask, Django and every other WSGI callable run unchanged beside the routes of the app.
public struct WSGI: Application {
    private let target: ServerTarget

    /// - Parameters:
    ///   - application: `module:callable`, as `martlet run` takes it.
    ///   - settings: by the names and in the form that they have in a route of `martlet.toml` with `wsgi = …`. What is wrong with one
    ///     is said when the app starts.
    public init(_ application: String, _ settings: KeyValuePairs<String, String> = [:]) {
        target = ServerTarget("WSGI(\"\(application)\")") {
            try MountedTarget.wsgi(application, settings.map { ($0.key, $0.value) })
        }
    }

    public func respond(to request: Request) async throws -> Response { try await target.respond(to: request) }
}

extension WSGI: ServedTarget, MountedApplication, DirectApplication {
    var targets: [MountedTarget] { target.targets }
    package func begin(_ request: Request, for exchange: any Exchange) { target.begin(request, for: exchange) }
    package var fault: String? { target.fault }
}
