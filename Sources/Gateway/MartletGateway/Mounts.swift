internal import HTTPTypes

/// Several applications behind one server: each request goes to the one with the longest matching path.
///
/// The application sees the matched part as its ``Request/mountPath`` and the rest as its path. A request that matches
/// none is answered with 404, unless there is an application for those. The rules of matching are those of ``MountPath``; the order of the
/// list has no influence.
///
/// Where an application passes paths on to somebody who may resolve them, a path that would then belong to another one of the list is
/// refused: who may see what is decided here (`//admin`, `/x/../admin`, `/admin%2fx`).
package struct Mounts: DirectApplication {
    package struct Mount: Sendable {
        let path: MountPath
        let entryPoint: EntryPoint
        let passesPathsOn: Bool

        /// - Parameter passesPathsOn: whether others than Martlet read the path.
        package init(path: MountPath, application: any Application, passesPathsOn: Bool = false) {
            self.path = path
            self.passesPathsOn = passesPathsOn
            entryPoint = EntryPoint(application)
        }
    }

    /// Deepest first, so that the first match is the longest.
    private let mounts: [Mount]
    private let otherwise: EntryPoint

    /// - Parameter otherwise: answers requests whose path matches none.
    package init(_ mounts: [Mount], otherwise: any Application = NotFound()) {
        self.mounts = mounts.sorted { $0.path.depth > $1.path.depth }
        self.otherwise = EntryPoint(otherwise)
    }

    package func respond(to request: Request) async throws -> Response { try await respondByBeginning(request) }

    package func begin(_ request: Request, for exchange: any Exchange) {
        guard let (mount, length) = find(request) else { return otherwise.begin(request, for: exchange) }
        if mount.passesPathsOn, isOfAnother(request, than: mount) { return exchange.complete(Self.ambiguous) }
        mount.entryPoint.begin(length > 0 ? request.mounted(length: length) : request, for: exchange)
    }

    private func find(_ request: Request) -> (Mount, length: Int)? {
        withExtendedLifetime(request.head) {
            find(request.pathBytes)
        }
    }

    private func find(_ path: UnsafeRawBufferPointer) -> (Mount, length: Int)? {
        for mount in mounts {
            if let length = mount.path.length(in: path) { return (mount, length) }
        }
        return nil
    }

    private func isOfAnother(_ request: Request, than mount: Mount) -> Bool {
        guard let resolved = withExtendedLifetime(request.head, { ResolvedPath(request.pathBytes).bytes }) else {
            return false
        }
        return resolved.withUnsafeBytes { find($0)?.0.path != mount.path }
    }

    private static let ambiguous = Response.refusal(
        .badRequest,
        "The path can be read in two ways, of which one belongs to another part of this site."
    )
}

/// Answers every request with 404.
package struct NotFound: DirectApplication {
    package init() {}

    package func respond(to request: Request) async throws -> Response { try await respondByBeginning(request) }

    package func begin(_ request: Request, for exchange: any Exchange) { exchange.complete(Self.response) }

    private static let response = Response.refusal(.notFound)
}
