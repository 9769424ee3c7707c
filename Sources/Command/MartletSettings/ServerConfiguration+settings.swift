import MartletGateway
package import MartletServer

/// The settings of the server besides the limits, a row for each.
extension ServerConfiguration: Configurable {
    /// What a program serves with that is told nothing. The address comes later, for it depends: ``listen(at:)``.
    /// Made once: every flag asks for them, and the number of event loops is asked of the system.
    package static let defaults = {
        var configuration = ServerConfiguration(addresses: [], accessLog: .standardOutput)
        configuration.keepsEventLoops = true
        return configuration
    }()

    private static let usualAddresses = ServerConfiguration().addresses

    /// Takes the sockets that the service manager has opened. Where there are none, and no address was said, it is the usual one.
    package mutating func listen(at inherited: [InheritedSocket]) {
        inheritedSockets = inherited
        if addresses.isEmpty && inherited.isEmpty { addresses = Self.usualAddresses }
        // What is in front of a Unix socket encrypts already.
        for index in addresses.indices where addresses[index].address.isTCP && addresses[index].givenScheme == nil {
            addresses[index].givenScheme = usualScheme
        }
    }

    package static let settings: [Setting<ServerConfiguration>] = ownSettings + loggingSettings + monitoringSettings

    private static let ownSettings: [Setting<ServerConfiguration>] = [
        Setting(
            "bind",
            \.addresses,
            .addresses,
            "Where to listen; may be given several times",
            details: """
                The scheme is the protocol that is spoken there: `http://` where none is written, or `https://`, which needs a \
                certificate; before `unix:` as well. See [TLS](../guides/tls.md). A socket that the service manager has \
                opened speaks https if its name (`FileDescriptorName=`) is `https` or its port 443.
                """,
            precedent: "nginx listen 443 ssl, gunicorn --bind 127.0.0.1:8000",
            elsewhere: [
                "-b": "", "--http": "", "--http-socket": "", "--listen": "", "-p": "HOST:PORT", "--host": "HOST:PORT",
                "--port": "HOST:PORT", "--uds": "unix:PATH", "--unix-socket": "unix:PATH",
            ],
            defaultText: usualAddresses.map { "\($0)" }.joined(separator: ",")
        ),
        Setting(
            "redirect-to-https",
            \.redirectsToHTTPS,
            .onOff,
            "Whether clients of a plain `http` address are sent to the `https` one, where there is one",
            details: """
                With 308, to the same name and path. A request that a trusted proxy has got by https, or that comes over a Unix \
                socket, is answered as it is.
                """,
            precedent: "Caddy auto_https"
        ),
        Setting(
            "socket-mode",
            \.socketPermissions.mode,
            .text(
                "mode",
                accepts: "three octal digits, as chmod has them",
                read: mode,
                write: { String($0, radix: 8) }
            ),
            "Who may connect to the Unix sockets",
            details: """
                To connect is to write. By default every user of the machine may, since the proxy in front often has a user of \
                its own; the folder of the socket can say more. With 660 and `socket-owner` it is the proxy alone.
                """,
            precedent: "gunicorn --umask 0, uWSGI chmod-socket 666",
            elsewhere: ["--umask": "", "--chmod-socket": "", "--unix-socket-perms": ""]
        ),
        Setting(
            "socket-owner",
            \.socketPermissions.givenTo,
            .text(
                "name",
                accepts: "`USER`, `USER:GROUP` or `:GROUP`, by name or number; another user for root only",
                read: { try SocketOwner(parsing: $0) },
                write: { $0?.text ?? "the server's own" }
            ),
            "The user and the group that the Unix sockets are given to",
            precedent: "uWSGI chown-socket",
            elsewhere: ["--chown-socket": ""]
        ),
        Setting(
            "user",
            \.user,
            .text(
                "name",
                accepts: "`USER` or `USER:GROUP`, by name or number; for root only",
                read: { try user($0) },
                write: { $0 ?? "the one that starts it" }
            ),
            "Who the server and its workers run as, once its ports are bound, its logs open and its certificates read",
            details: """
                Nothing is left of root then, so an application cannot have another user. See \
                [Deploying](../guides/deploy.md#started-as-root).
                """,
            precedent: "nginx user, uWSGI uid and gid",
            elsewhere: ["-u": "", "--uid": ""]
        ),
        Setting(
            "access-log",
            \.accessLog,
            .accessLogTarget,
            "Where each answered request is noted",
            details: "The signal USR1 opens the file anew, after it was moved away.",
            precedent: "nginx access_log logs/access.log, gunicorn --access-logfile",
            elsewhere: ["--access-logfile": ""]
        ),
        Setting(
            "access-log-format",
            \.accessLogFormat,
            .choice(
                "format",
                AccessLogFormat.allCases,
                accepts: "`combined`, as Apache and nginx write it, or `json`, one object a line"
            ) { "the formats are \($0.joined(separator: " and "))" },
            "How a line of the access log is written",
            precedent: "nginx log_format combined"
        ),
        Setting(
            "trusted-proxy",
            \.trustedProxies,
            .proxies,
            "Peers whose X-Forwarded-* and Forwarded fields are believed; those of others are removed",
            details: """
                Whoever is believed can say which client a request comes from, and whether it came over https. By default it is \
                this machine alone, where a proxy in front would run; where other people have a login there, say `none`.
                """,
            precedent: "nginx set_real_ip_from, gunicorn --forwarded-allow-ips 127.0.0.1,::1",
            elsewhere: ["--forwarded-allow-ips": ""]
        ),
        Setting(
            "forwarded-fields",
            \.forwardedFields,
            .text(
                "names",
                accepts: "`for`, `proto`, `host`, `port`, `prefix`, with commas between",
                read: { try ForwardedFields(parsing: $0) },
                write: { "\($0)" }
            ),
            "What a trusted proxy is believed; name only what it sets or clears in every request",
            precedent: "waitress trusted_proxy_headers, werkzeug ProxyFix",
            elsewhere: ["--trusted-proxy-headers": ""]
        ),
        Setting(
            "proxy-protocol",
            \.proxyProtocolPeers,
            .proxies,
            "Peers that begin each connection with a header of the PROXY protocol, which says who the client is",
            details: """
                Version 1 or 2, before the first byte of HTTP or TLS. These peers must send it, or the connection is \
                closed; others are served without it. See \
                [Deploying](../guides/deploy.md#behind-a-proxy-that-passes-bytes-on).
                """,
            precedent: "HAProxy tcp-request connection expect-proxy, nginx listen proxy_protocol"
        ),
        Setting(
            "grace",
            \.shutdownGrace,
            .duration(.zero ... .seconds(86_400)),
            "How long a stop may take, for requests in flight and the end of the workers; then they are killed",
            details: "A worker that a reload replaces has as long for the requests that it has.",
            precedent: "gunicorn graceful_timeout 30s, nginx worker_shutdown_timeout",
            elsewhere: ["--graceful-timeout": "", "--worker-reload-mercy": ""]
        ),
    ]

    package static func user(_ text: String) throws(SettingError) -> String {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else {
            throw SettingError(description: "write USER or USER:GROUP, by name or number")
        }
        return text
    }

    private static func mode(_ text: String) throws(SettingError) -> UInt32 {
        let digits = text.hasPrefix("0o") ? text.dropFirst(2) : text[...]
        guard (3...4).contains(digits.count), digits.allSatisfy(\.isWholeNumber), let mode = UInt32(digits, radix: 8),
            mode <= 0o777
        else {
            throw SettingError(description: "a mode is three octal digits, such as 660")
        }
        return mode
    }
}

// MARK: - Kinds of values

extension SettingKind where Value == [ListenAddress] {
    fileprivate static var addresses: Self {
        var kind = Self.text(
            "address",
            accepts:
                "`HOST:PORT`, `PORT` for this machine, `:PORT` or `*:PORT` for every address, `[::1]:PORT`, `unix:PATH`, or "
                + "`unix:@NAME` for a name without a file; `https://` before it for TLS, `uwsgi://`, `scgi://` or `fastcgi://` "
                + "for a web server in front that speaks that; port 0 lets the system choose",
            read: { [try ListenAddress(parsing: $0)] },
            write: { $0.map { "\($0)" }.joined(separator: ",") }
        )
        kind.identity = { $0.map(\.address).first { !$0.isAnyPort }.map { "\($0)" } }
        return kind.repeated { $0 + $1 }
            .relative { text, folder in ListenAddress.relative(text) { FileSystem.join(folder, $0) } }
    }
}

extension SettingKind where Value == AccessLogTarget {
    fileprivate static var accessLogTarget: Self {
        Self.text(
            "target",
            accepts: "`-` for standard output, `off`, or the path of a file to append to",
            read: { text in
                switch text {
                case "-": return .standardOutput
                case "off": return .off
                case "":
                    throw SettingError(
                        description: "it is empty; write '-' for standard output, 'off' or the path of a file"
                    )
                default: return .file(text)
                }
            },
            write: { target in
                switch target {
                case .standardOutput: "-"
                case .off: "off"
                case .file(let path): path
                }
            }
        )
        .relative { text, folder in ["-", "off", ""].contains(text) ? text : FileSystem.join(folder, text) }
    }
}

extension SettingKind where Value == [TrustedProxy] {
    fileprivate static var proxies: Self {
        var kind = Self.text(
            "network",
            accepts:
                "an address, a network such as `10.0.0.0/8`, `unix` for peers on Unix sockets, several with commas "
                + "between, or `none`; may be given several times, and replaces the default",
            read: { try TrustedProxy.list(parsing: $0) },
            write: { $0.isEmpty ? "none" : $0.map { "\($0)" }.joined(separator: ",") }
        )
        kind.standsAlone = { $0.isEmpty }
        return kind.repeated { $0 + $1 }
    }
}

extension BindAddress {
    /// Whether the system chooses the port, so that the same address may be asked for again.
    fileprivate var isAnyPort: Bool {
        if case .tcp(_, 0) = self { true } else { false }
    }
}
