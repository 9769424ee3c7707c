import MartletGateway
import NIOCore
import NIOPosix
import NIOSSL

/// Makes connections to upstreams.
struct UpstreamConnector: Sendable {
    private let urls: [UpstreamURL]
    private let resolver: NameResolver
    private let timeout: TimeAmount
    private let tls: NIOSSLContext?
    private let serverName: String?
    /// Of each upstream, whether it is asked to keep connections.
    private let keeps: [Bool]

    /// - Throws: ``UpstreamTLSError`` for certificates that cannot be read.
    init(_ configuration: ProxyConfiguration) throws {
        urls = configuration.upstreams
        resolver = NameResolver(interval: TimeAmount(configuration.resolveInterval))
        timeout = TimeAmount(configuration.connectTimeout)
        tls = urls.contains { $0.scheme == .https } ? try UpstreamTLS.context(configuration) : nil
        serverName = configuration.serverName
        keeps = urls.map { configuration.idleConnections(to: $0) > 0 }
    }

    /// - Parameter whenReady: called once, on the loop.
    func connect(
        _ upstream: Int,
        on loop: any EventLoop,
        pool: ConnectionPool,
        whenReady: @escaping (Result<UpstreamConnection, any Error>) -> Void
    ) {
        let url = urls[upstream]
        let makeHandler = {
            UpstreamConnection(
                upstream,
                codec: codec(for: upstream),
                pool: pool,
                isSecure: url.scheme == .https,
                whenReady: whenReady
            )
        }
        // Of one that is connected, its handler says when it is ready.
        let bootstrap = bootstrap(url, on: loop, makeHandler)
        switch url.place {
        case .unix(let path):
            bootstrap.connect(unixDomainSocketPath: path).assumeIsolated().whenFailure { whenReady(.failure($0)) }
        case .tcp(let host, let port):
            resolver.addresses(of: host, port: port, on: loop).assumeIsolated().whenComplete { [resolver] result in
                switch result {
                case .failure(let error): whenReady(.failure(error))
                case .success(let addresses):
                    Self.connect(bootstrap, to: addresses[...]) { error in
                        resolver.doubt(host, port: port)
                        whenReady(.failure(error))
                    }
                }
            }
        }
    }

    /// Tries the addresses one after the other.
    private static func connect(
        _ bootstrap: ClientBootstrap,
        to addresses: ArraySlice<SocketAddress>,
        whenNoneIsLeft: @escaping (any Error) -> Void
    ) {
        guard let first = addresses.first else { return whenNoneIsLeft(ChannelError.unknownLocalAddress) }
        let rest = addresses.dropFirst()
        bootstrap.connect(to: first).assumeIsolated().whenFailure { error in
            if rest.isEmpty {
                whenNoneIsLeft(error)
            } else {
                connect(bootstrap, to: rest, whenNoneIsLeft: whenNoneIsLeft)
            }
        }
    }

    private func bootstrap(
        _ url: UpstreamURL,
        on loop: any EventLoop,
        _ makeHandler: @escaping () -> UpstreamConnection
    ) -> ClientBootstrap {
        let makeHandler = NIOLoopBound(makeHandler, eventLoop: loop)
        return ClientBootstrap(group: loop)
            .connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if url.scheme == .https, let tls {
                        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name(of: url)))
                    }
                    try pipeline.addHandler(makeHandler.value())
                }
            }
    }

    /// Whose certificate is expected. An IP address is not told to the upstream, but compared all the same.
    private func name(of url: UpstreamURL) -> String? {
        if let serverName { return serverName }
        guard case .tcp(let host, _) = url.place, IPAddress(host.utf8) == nil else { return nil }
        return host
    }

    private func codec(for upstream: Int) -> any UpstreamCodec {
        let authority = Array(urls[upstream].authority.utf8)
        return switch urls[upstream].scheme {
        case .http, .https: HTTP1Codec(authority: authority)
        case .uwsgi: OneRequestCodec(.uwsgi, authority: authority)
        case .scgi: OneRequestCodec(.scgi, authority: authority)
        case .fastcgi: FastCGICodec(keepsConnection: keeps[upstream], authority: authority)
        }
    }
}
