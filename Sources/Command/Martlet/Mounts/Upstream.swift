internal import MartletCommand
internal import MartletFramework
public import MartletGateway

/// Another server, which requests are passed on to.
///
///     app.mount("/search", Upstream("http://127.0.0.1:9200", ["answer-timeout": "5s"]))
public struct Upstream: Application {
    private let target: ServerTarget

    /// - Parameters:
    ///   - address: with scheme; several with commas between are asked in turn.
    ///   - settings: by the names and in the form that they have in a route of `martlet.toml` with `proxy = …`. What is wrong with one
    ///     is said when the app starts.
    public init(_ address: String, _ settings: KeyValuePairs<String, String> = [:]) {
        target = ServerTarget("Upstream(\"\(address)\")") {
            try MountedTarget.proxy(address, settings.map { ($0.key, $0.value) })
        }
    }

    public func respond(to request: Request) async throws -> Response { try await target.respond(to: request) }
}

extension Upstream: ServedTarget, MountedApplication, DirectApplication {
    var targets: [MountedTarget] { target.targets }
    package func begin(_ request: Request, for exchange: any Exchange) { target.begin(request, for: exchange) }
    package var fault: String? { target.fault }
}
