import MartletGateway
import Synchronization

extension Server {
    /// What encrypted connections ask of requests, around an application. Nothing where nothing is encrypted.
    func secured(_ application: any Application, _ configuration: ServerConfiguration) -> any Application {
        let (isSecure, port) = state.withLock { ($0.isSecure, $0.securePort) }
        guard isSecure else { return application }
        return SecureSites(application, redirectsTo: configuration.redirectsToHTTPS ? port : nil)
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
