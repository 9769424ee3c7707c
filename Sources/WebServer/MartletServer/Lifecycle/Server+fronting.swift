import MartletGateway
import Synchronization

extension Server {
    /// What is asked of requests before the application has them, around it.
    func fronted(_ application: any Application, _ configuration: ServerConfiguration) -> any Application {
        let (isSecure, port) = state.withLock { ($0.isSecure, $0.securePort) }
        let own: any Application =
            isSecure ? SecureSites(application, redirectsTo: configuration.redirectsToHTTPS ? port : nil) : application
        return configuration.healthPath.map { HealthCheck(own, at: $0, readiness) } ?? own
    }

    /// Takes up certificates when their files change.
    func watchCertificates(every interval: Duration) -> Task<Void, Never> {
        Task { [certificates, logger] in
            while !Task.isCancelled {
                try? await Task.sleep(for: interval)
                certificates.refresh(logger: logger)
            }
        }
    }
}
