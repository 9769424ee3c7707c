internal import MartletCommand
internal import MartletFramework
internal import MartletGateway

/// What all that the server serves inside of an app has in common.
struct ServerTarget: DirectApplication {
    /// Nil where its description has a fault.
    let mounted: MountedTarget?
    let fault: String?

    /// - Parameters:
    ///   - title: how it is written: `WSGI("hello:app")`.
    ///   - make: reads its description.
    init(_ title: String, _ make: () throws -> MountedTarget) {
        do {
            mounted = try make()
            fault = nil
        } catch {
            mounted = nil
            fault = "\(title): \(error)"
        }
    }

    var targets: [MountedTarget] { mounted.map { [$0] } ?? [] }

    func respond(to request: Request) async throws -> Response { try await respondByBeginning(request) }

    func begin(_ request: Request, for exchange: any Exchange) {
        guard let mounted else { return exchange.fail(MountFault(description: fault ?? "")) }
        mounted.begin(request, for: exchange)
    }
}

/// A request came to something whose description has a fault. An app with it does not start.
private struct MountFault: Error, CustomStringConvertible {
    let description: String
}

extension App {
    /// The app as the server sees it.
    ///
    /// - Throws: `RegistrationError`.
    func ownApplication(name: String) throws -> OwnApplication {
        let routes = try routes().count
        return OwnApplication(
            name: name,
            application: self,
            summary: "\(routes) route\(routes == 1 ? "" : "s")",
            parts: try mountedApplications().flatMap { path, application in
                ((application as? any ServedTarget)?.targets ?? []).map { OwnApplication.Part(path: path, mounted: $0) }
            }
        )
    }
}

/// Has targets that the server starts.
protocol ServedTarget {
    var targets: [MountedTarget] { get }
}
