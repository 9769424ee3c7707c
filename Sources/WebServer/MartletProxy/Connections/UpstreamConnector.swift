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
    /// For requests that only HTTP/1.1 can carry.
    private let tlsAlone: NIOSSLContext?
    private let serverName: String?
    private let verifies: Bool
    /// Of each upstream, whether it is asked to keep connections.
    private let keeps: [Bool]

    /// - Throws: ``UpstreamTLSError`` for certificates that cannot be read.
    init(_ configuration: ProxyConfiguration) throws {
        urls = configuration.upstreams
        resolver = NameResolver(interval: TimeAmount(configuration.resolveInterval), server: configuration.resolver)
        timeout = TimeAmount(configuration.connectTimeout)
        let isEncrypted = urls.contains { $0.scheme == .https }
        tls = isEncrypted ? try UpstreamTLS.context(configuration, offering: configuration.protocols) : nil
        let alone = configuration.protocols.alone
        tlsAlone = isEncrypted ? try UpstreamTLS.context(configuration, offering: alone) : nil
        serverName = configuration.serverName
        verifies = configuration.verifiesCertificates
        keeps = urls.map { configuration.idleConnections(to: $0) > 0 }
    }

    /// - Parameters:
    ///   - alone: whether the request needs a connection of its own.
    ///   - whenReady: called once, on the loop.
    func connect(
        _ upstream: Int,
        on loop: any EventLoop,
        pool: ConnectionPool,
        alone: Bool,
        whenReady: @escaping (Result<ReadyConnection, any Error>) -> Void
    ) {
        let url = urls[upstream]
        let connection = { (speaksHTTP2: Bool) -> any ChannelHandler in
            guard speaksHTTP2 else {
                return UpstreamConnection(
                    upstream,
                    codec: codec(for: upstream),
                    pool: pool,
                    isSecure: url.scheme == .https
                ) {
                    whenReady($0.map { .own($0) })
                }
            }
            return HTTP2UpstreamConnection(
                upstream,
                authority: authority(of: upstream),
                pool: pool,
                isSecure: url.scheme == .https,
                timeout: timeout
            ) {
                whenReady($0.map { .shared($0) })
            }
        }
        let handlers = { () throws -> [any ChannelHandler] in
            guard url.scheme == .https, let tls = alone ? tlsAlone : tls else {
                return [connection(url.scheme == .h2c)]
            }
            let encryption = try NIOSSLClientHandler(context: tls, serverHostname: name(of: url))
            let handshake = UpstreamHandshake(
                timeout: timeout,
                for: verifies ? name(of: url) : nil,
                whenFailed: { whenReady(.failure($0)) },
                successor: connection
            )
            return [encryption, handshake]
        }
        // Of one that is connected, its handler says when it is ready.
        let bootstrap = bootstrap(on: loop, handlers)
        switch url.place {
        case .unix(let path):
            bootstrap.connect(unixDomainSocketPath: path).assumeIsolated().whenFailure { whenReady(.failure($0)) }
        case .tcp(let host, let port): find(.host(host, port: port), on: loop, bootstrap, whenReady)
        case .service(let name): find(.service(name), on: loop, bootstrap, whenReady)
        }
    }

    /// The addresses that an upstream's name has now; nil where it has none that may change, or they are not known yet.
    func listedAddresses(of upstream: Int) -> [SocketAddress]? {
        switch urls[upstream].place {
        case .unix: nil
        case .tcp(let host, let port): IPAddress(host.utf8) == nil ? resolver.listed(.host(host, port: port)) : nil
        case .service(let name): resolver.listed(.service(name))
        }
    }

    private func find(
        _ question: NameResolver.Question,
        on loop: any EventLoop,
        _ bootstrap: ClientBootstrap,
        _ whenReady: @escaping (Result<ReadyConnection, any Error>) -> Void
    ) {
        resolver.addresses(of: question, on: loop).assumeIsolated().whenComplete { [resolver] result in
            switch result {
            case .failure(let error): whenReady(.failure(error))
            case .success(let addresses):
                Self.connect(bootstrap, to: addresses[...]) { error in
                    resolver.doubt(question)
                    whenReady(.failure(error))
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
        on loop: any EventLoop,
        _ handlers: @escaping () throws -> [any ChannelHandler]
    ) -> ClientBootstrap {
        let handlers = NIOLoopBound(handlers, eventLoop: loop)
        return ClientBootstrap(group: loop)
            .connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(handlers.value())
                }
            }
    }

    /// Whose certificate is expected. An IP address is not told to the upstream, but compared all the same.
    private func name(of url: UpstreamURL) -> String? {
        if let serverName { return serverName }
        guard case .tcp(let host, _) = url.place, IPAddress(host.utf8) == nil else { return nil }
        return host
    }

    private func authority(of upstream: Int) -> [UInt8] { Array(urls[upstream].authority.utf8) }

    private func codec(for upstream: Int) -> any UpstreamCodec {
        let authority = authority(of: upstream)
        return switch urls[upstream].scheme {
        case .http, .https, .h2c: HTTP1Codec(authority: authority)
        case .uwsgi: OneRequestCodec(.uwsgi, authority: authority)
        case .scgi: OneRequestCodec(.scgi, authority: authority)
        case .fastcgi: FastCGICodec(keepsConnection: keeps[upstream], authority: authority)
        }
    }
}
