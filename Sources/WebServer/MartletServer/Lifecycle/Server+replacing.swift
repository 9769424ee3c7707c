package import MartletGateway
import NIOCore
import Synchronization

extension ServerConfiguration {
    /// The settings, beside the limits, that ``Server/replace(_:_:)`` changes, and ``Rebinding``.
    package static var replaceable: [PartialKeyPath<ServerConfiguration>] {
        [
            \.addresses, \.socketPermissions.mode, \.trustedProxies, \.forwardedFields, \.proxyProtocolPeers,
            \.redirectsToHTTPS, \.healthPath, \.accessLogSample, \.secrets, \.traceContext,
        ]
    }
}

extension Server {
    /// Has another application answer from now on, with the limits, the trusted proxies and the certificates of `configuration`.
    /// Requests in flight end as they began. Returns when every event loop has changed over.
    package func replace(_ application: any Application, _ configuration: ServerConfiguration) async {
        certificates.replace(configuration.tls, logger: logger)
        let application = fronted(application, configuration)
        await withTaskGroup { group in
            for context in state.withLock({ $0.contexts }) {
                group.addTask {
                    try? await context.loop.submit { context.replace(application, configuration) }.get()
                }
            }
        }
    }
}
