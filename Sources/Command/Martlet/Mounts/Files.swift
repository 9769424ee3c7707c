internal import MartletCommand
internal import MartletFramework
public import MartletGateway

/// A folder of files, which the server serves as `martlet static` does: ranges, conditions, precompressed siblings.
///
///     app.mount("/downloads", Files("downloads", ["listing": "on"]))
///
/// For what pages need, such as styles and pictures, there is `app.static`.
public struct Files: Application {
    private let target: ServerTarget

    /// - Parameters:
    ///   - folder: from the folder that the program was started in.
    ///   - settings: by the names and in the form that they have in a route of `martlet.toml` with `files = …`. What is wrong with one
    ///     is said when the app starts.
    public init(_ folder: String, _ settings: KeyValuePairs<String, String> = [:]) {
        target = ServerTarget("Files(\"\(folder)\")") {
            try MountedTarget.files(folder, settings.map { ($0.key, $0.value) })
        }
    }

    public func respond(to request: Request) async throws -> Response { try await target.respond(to: request) }
}

extension Files: ServedTarget, MountedApplication, DirectApplication {
    var targets: [MountedTarget] { target.targets }
    package func begin(_ request: Request, for exchange: any Exchange) { target.begin(request, for: exchange) }
    package var fault: String? { target.fault }
}
