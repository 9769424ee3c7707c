internal import HTTPTypes

/// Several applications behind one server: each request goes to the one with the longest path that it is below.
///
/// The application sees the rest as its path, and what was cut off as its ``Request/mountPath``. A request that is below none is
/// answered with 404. The rules of matching are those of ``MountPath``; the order of the list has no influence.
package struct Mounts: Application {
    package struct Mount: Sendable {
        package let path: MountPath
        package let application: any Application

        package init(path: MountPath, application: any Application) {
            self.path = path
            self.application = application
        }
    }

    /// Deepest first, so that the first match is the longest.
    private let mounts: [Mount]

    package init(_ mounts: [Mount]) {
        self.mounts = mounts.sorted { $0.path.depth > $1.path.depth }
    }

    package func respond(to request: Request) async throws -> Response {
        guard let (application, length) = find(request) else {
            return .plain(.notFound, "404 Not Found\n")
        }
        guard length > 0 else { return try await application.respond(to: request) }
        return try await application.respond(to: request.mounted(length: length))
    }

    private func find(_ request: Request) -> (any Application, length: Int)? {
        withExtendedLifetime(request.head) {
            let path = request.pathBytes
            for mount in mounts {
                if let length = mount.path.length(in: path) { return (mount.application, length) }
            }
            return nil
        }
    }
}
