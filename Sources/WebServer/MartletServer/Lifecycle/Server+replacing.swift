package import MartletGateway
import NIOCore
import Synchronization

extension ServerConfiguration {
    /// The settings, beside the limits and the owner of sockets, that ``Server/replace(_:_:_:)`` changes.
    package static var replaceable: [PartialKeyPath<ServerConfiguration>] {
        [
            \.addresses, \.socketPermissions.mode, \.trustedProxies, \.forwardedFields, \.proxyProtocolPeers,
            \.redirectsToHTTPS, \.healthPath, \.accessLog, \.accessLogFormat, \.accessLogSample, \.secrets,
            \.traceContext,
        ]
    }
}

extension Server {
    /// Has another application answer from now on, with the limits, the trusted proxies and the certificates of `configuration`.
    /// Requests in flight end as they began. Returns when every event loop has changed over.
    ///
    /// New addresses are known before: what encrypted ones ask of requests depends on whether there are any. Clients are let in
    /// there afterwards, and until then wait in the queue; what addresses that are left have accepted is answered.
    package func replace(_ application: any Application, _ configuration: ServerConfiguration, _ change: ServerChange)
        async
    {
        await BlockingWork("reload").run { [certificates, logger] in
            certificates.replace(configuration.tls, logger: logger)
        }
        let isServing = change.rebinding.begin(in: self)
        change.log.begin(in: self)
        let application = fronted(application, configuration)
        await withTaskGroup { group in
            for context in state.withLock({ $0.contexts }) {
                group.addTask {
                    let log = change.log.log
                    try? await context.loop.submit { context.replace(application, configuration, loggingTo: log) }.get()
                }
            }
        }
        if isServing { await change.rebinding.commit(to: self) }
        await change.log.finish()
    }
}
