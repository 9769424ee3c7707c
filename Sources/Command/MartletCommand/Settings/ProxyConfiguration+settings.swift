package import MartletProxy
package import MartletServer
import MartletSettings

/// The settings of upstreams, a row for each.
extension ProxyConfiguration: Configurable {
    package static let defaults = ProxyConfiguration()

    package static let settings = passing + fields + scripts + times + choosing + health + encryption

    private static let passing: [Setting<ProxyConfiguration>] = [
        Setting(
            "URL",
            key: "proxy",
            \.upstreams,
            ProxyKinds.upstreams,
            "Where requests are passed on to; several addresses share them",
            details: """
                An address without a path gets the path of the request as it is; a path in the address takes the place of the route's: \
                with `proxy = "http://127.0.0.1:3000/v2"` of the route `/api`, `/api/x` becomes `/v2/x`, and with \
                `"http://127.0.0.1:3000/"` it is `/x`. Behind an address may stand ` weight=3`, and ` backup` behind one that gets requests only \
                while no other can have them. `srv+http://_web._tcp.example.com` is for the servers that DNS names for a service (SRV), \
                by their priority and weight. All of them have the same path.
                """,
            precedent: "nginx proxy_pass, Caddy reverse_proxy",
            defaultText: "none"
        ),
        Setting(
            "pass-host",
            key: "host",
            \.host,
            ProxyKinds.passedHost,
            "What upstreams are told as the host",
            details: "`X-Forwarded-Host` and `Forwarded` have the client's in any case.",
            precedent: "Caddy keeps it, nginx proxy_set_header Host $proxy_host"
        ),
        Setting(
            "request-buffering",
            \.requestBuffering,
            .onOff,
            "Take request bodies in before an upstream is asked",
            details: """
                A client that sends slowly then holds no upstream, and a request can be tried again. Up to 64 KB are in memory, the rest \
                in a file without a name in `TMPDIR`. Off is for upstreams that read a body while it arrives.
                """,
            precedent: "nginx proxy_request_buffering on"
        ),
        Setting(
            "response-buffering",
            \.responseBuffering,
            .onOff,
            "Take answers from an upstream at its own speed, whatever the speed of the client",
            details: """
                What a slow client has not taken yet is in memory, up to 1 MB of an answer, and beyond that in a file without a name in \
                `TMPDIR`. Nothing is delayed: events are on their way at once.
                """,
            precedent: "nginx proxy_buffering on"
        ),
        Setting(
            "response-buffering-limit",
            \.responseBufferingLimit,
            .size(0...1 << 40),
            "How much of one answer is kept so at most; beyond it the upstream waits for the client",
            precedent: "nginx proxy_max_temp_file_size 1024m"
        ),
    ]

    private static let fields: [Setting<ProxyConfiguration>] = [
        Setting(
            "send-files",
            \.sentFolders,
            ProxyKinds.sentFolders,
            "Folders whose files upstreams may have sent by Martlet, with `X-Accel-Redirect` or `X-Sendfile`; may be given several times",
            details: """
                An application that answers with `X-Accel-Redirect: /protected/a.pdf` and no body has Martlet send /srv/files/a.pdf, where \
                this is `/protected=/srv/files`: with ranges and an ETag. Without a path before the folder it is `X-Accel-Redirect: /a.pdf`. \
                `X-Sendfile` has the absolute path of a file in one of the folders. Fields of the application stay; those two never reach a \
                client. Without this setting they mean nothing, and pass.
                """,
            precedent: "nginx internal and alias, Apache XSendFile and XSendFilePath",
            defaultText: "none"
        ),
        Setting(
            "allow-underscores",
            \.passesUnderscores,
            .onOff,
            "Pass on header names with an underscore, which many applications cannot tell from those with a hyphen",
            details: "Over uwsgi, SCGI and FastCGI they are never passed on.",
            precedent: "nginx underscores_in_headers off"
        ),
        Setting(
            "upgrades",
            \.upgrades,
            ProxyKinds.upgrades,
            "The protocols that a connection may leave HTTP for, with commas between them",
            details: """
                A request for another one is passed on as if it had not asked. Docker's API has `tcp`, Kubernetes `spdy/3.1`.
                """,
            precedent: "nginx and HAProxy pass any, Envoy upgrade_configs"
        ),
    ]

    private static let scripts: [Setting<ProxyConfiguration>] = [
        Setting(
            "script-root",
            key: "root",
            \.root,
            .optional(.path("DIR", accepts: "a folder"), none: "none"),
            "The folder whose scripts an upstream with FastCGI runs, such as php-fpm",
            details: """
                A request is for the first file that its path names: `/a.php/b` is a.php with `PATH_INFO` /b. What is not there is not asked \
                of the upstream, and other files are served as they are. Without it, `SCRIPT_NAME` is the route, as for a Python application.
                """,
            precedent: "nginx root and try_files, Caddy php_fastcgi root"
        ),
        Setting(
            "script-index",
            key: "index",
            \.index,
            ProxyKinds.fileName,
            "The script that a folder of it stands for",
            precedent: "nginx fastcgi_index, Caddy php_fastcgi index index.php"
        ),
        Setting(
            "script-split",
            key: "split",
            \.split,
            ProxyKinds.fileName,
            "How the names of scripts end",
            precedent: "Caddy php_fastcgi split .php, nginx fastcgi_split_path_info"
        ),
        Setting(
            "script-fallback",
            key: "fallback",
            \.fallback,
            .optional(ProxyKinds.fileName, none: "none: 404"),
            "A script of the folder that answers where there is no file, for applications that have their own routes",
            precedent: "nginx try_files $uri /index.php, Caddy php_fastcgi"
        ),
    ]

    private static let times: [Setting<ProxyConfiguration>] = [
        Setting(
            "connect-timeout",
            \.connectTimeout,
            .duration(.milliseconds(10)...year),
            "How long a connection to an upstream may take, with its name and its TLS; then it is 504, or the next one is tried",
            precedent: "nginx proxy_connect_timeout 60s, HAProxy timeout connect 5s"
        ),
        Setting(
            "send-timeout",
            \.sendTimeout,
            .duration(.milliseconds(10)...year),
            "How long an upstream may take nothing of a request",
            precedent: "nginx proxy_send_timeout 60s"
        ),
        Setting(
            "answer-timeout",
            \.answerTimeout,
            .duration(.milliseconds(10)...year),
            "How long an upstream may take until its answer begins; above it the answer is 504",
            precedent: "nginx proxy_read_timeout 60s, HAProxy timeout server 50s"
        ),
        Setting(
            "read-timeout",
            \.readTimeout,
            .duration(.milliseconds(10)...year),
            "How long an answer may pause",
            precedent: "nginx proxy_read_timeout 60s"
        ),
        Setting(
            "total-timeout",
            \.totalTimeout,
            .orOff(.duration(.milliseconds(10)...year)),
            "How long a request may take in all, its answer included",
            precedent: "Envoy timeout 15s, Caddy stream_timeout off"
        ),
        Setting(
            "tunnel-timeout",
            \.tunnelTimeout,
            .duration(.milliseconds(10)...year),
            "How long nobody may say anything on a WebSocket, or on another connection that has left HTTP",
            precedent: "HAProxy timeout tunnel 1h, nginx proxy_read_timeout 60s"
        ),
        Setting(
            "keepalive",
            \.idleConnections,
            .optional(.count(0...10_000), none: "32; 0 for FastCGI"),
            "How many unused connections each event loop keeps to each upstream",
            details: """
                uwsgi and SCGI have none. With FastCGI, an unused connection keeps a child of php-fpm from everybody else: all event loops \
                together should keep less than it has (`pm.max_children`).
                """,
            precedent: "nginx keepalive 32, fastcgi_keep_conn off"
        ),
        Setting(
            "keepalive-timeout",
            \.idleTimeout,
            .duration(.seconds(1)...year),
            "How long an unused connection is kept; less, where the upstream says so (`Keep-Alive: timeout=5`)",
            precedent: "nginx keepalive_timeout 60s (of upstream)"
        ),
        Setting(
            "resolve-interval",
            \.resolveInterval,
            .duration(.seconds(1)...year),
            "After how long at most the names of upstreams are looked up again",
            details: """
                Sooner, where DNS says that its answer holds for less (TTL). A name that has no address at the moment does not keep the \
                server from starting; the former addresses are used where a look-up fails.
                """,
            precedent: "nginx resolver valid=30s, HAProxy hold valid 10s"
        ),
        Setting(
            "resolver",
            \.resolver,
            .optional(ProxyKinds.nameServer, none: "those of /etc/resolv.conf"),
            "The name server that is asked for the names of upstreams",
            details: """
                What is in /etc/hosts is not asked of it, and what it does not know is looked up as the system does.
                """,
            precedent: "nginx resolver, HAProxy resolvers"
        ),
    ]

    private static let choosing: [Setting<ProxyConfiguration>] = [
        Setting(
            "balance",
            \.balance,
            ProxyKinds.balance,
            "Which of several upstreams gets a request",
            precedent: "nginx least_conn, hash … consistent; HAProxy balance"
        ),
        Setting(
            "sticky",
            \.stickyCookie,
            .optional(ProxyKinds.token("cookie"), none: "off"),
            "A cookie by which clients stay with an upstream, as long as it is up; the name of it",
            precedent: "HAProxy cookie SERVERID insert, Traefik sticky.cookie"
        ),
        Setting(
            "retries",
            \.retries,
            .count(0...100),
            "How often a request is tried again, while nothing of an answer has come",
            details: """
                Where no connection was made, every request is; where one was, GET, HEAD, OPTIONS, TRACE, PUT and DELETE are. What an \
                upstream is slow with is not tried again.
                """,
            precedent: "HAProxy retries 3, nginx proxy_next_upstream"
        ),
        Setting(
            "requests",
            \.maximumRequests,
            .count(0...1_000_000),
            "Most requests that each upstream has at a time; 0 for any number",
            precedent: "nginx max_conns 0, HAProxy maxconn"
        ),
        Setting(
            "queue",
            \.queue,
            .count(0...1_000_000),
            "How many requests wait while no upstream is free; further ones are answered with 503",
            precedent: "HAProxy maxqueue, nginx queue"
        ),
        Setting(
            "queue-timeout",
            \.queueTimeout,
            .duration(.milliseconds(10)...year),
            "How long a request waits so, before it is answered with 503",
            precedent: "HAProxy timeout queue, nginx queue timeout=60s"
        ),
    ]

    private static let health: [Setting<ProxyConfiguration>] = [
        Setting(
            "max-fails",
            \.maximumFailures,
            .count(1...1_000_000),
            "After so many failures in a row, an upstream gets nothing for a while, where there are others",
            precedent: "nginx max_fails 1"
        ),
        Setting(
            "fail-time",
            \.failureTime,
            .duration(.milliseconds(100)...year),
            "Within how long these have to be, and how long the upstream gets nothing then",
            precedent: "nginx fail_timeout 10s"
        ),
        Setting(
            "slow-start",
            \.slowStart,
            .duration(.zero...year),
            "How long an upstream that comes back gets less than its share",
            precedent: "nginx slow_start 0, HAProxy slowstart"
        ),
        Setting(
            "check",
            \.check,
            .optional(ProxyKinds.path, none: "off"),
            "A path that each upstream is asked for from time to time, to find out whether it is well",
            details: """
                A status from 200 to 399 is a success. An upstream that fails three times in a row gets no requests until it succeeds \
                twice.
                """,
            precedent: "HAProxy option httpchk, Caddy health_uri"
        ),
        Setting(
            "check-interval",
            \.checkInterval,
            .duration(.milliseconds(100)...year),
            "How often",
            precedent: "nginx Plus health_check interval=5s, HAProxy inter 2s"
        ),
        Setting(
            "check-timeout",
            \.checkTimeout,
            .duration(.milliseconds(10)...year),
            "How long an answer to that may take",
            precedent: "HAProxy timeout check, Caddy health_timeout 5s"
        ),
    ]

    private static let encryption: [Setting<ProxyConfiguration>] = [
        Setting(
            "upstream-ca",
            key: "tls-ca",
            \.authority,
            .optional(.path("file", accepts: "a file of certificates in PEM"), none: "those of the system"),
            "Whoever vouches for the certificates of upstreams with https",
            precedent: "nginx proxy_ssl_trusted_certificate"
        ),
        Setting(
            "upstream-verify",
            key: "tls-verify",
            \.verifiesCertificates,
            .onOff,
            "Whether the certificates of upstreams are looked at",
            precedent: "nginx proxy_ssl_verify off, Caddy verifies"
        ),
        Setting(
            "upstream-name",
            key: "tls-name",
            \.serverName,
            .optional(ProxyKinds.token("name"), none: "that of the address"),
            "The name that an upstream's certificate is to have, and that it is asked for",
            precedent: "nginx proxy_ssl_name"
        ),
        Setting(
            "upstream-protocols",
            key: "tls-protocols",
            \.protocols,
            .choice(
                "protocols",
                UpstreamProtocols.allCases,
                accepts: "`h2,http/1.1`, `h2` or `http/1.1`"
            ) { "they are \($0.joined(separator: ", "))" },
            "Which protocols upstreams with https are offered; they choose",
            details: """
                Over HTTP/2 requests share a connection, and gRPC needs it. WebSockets go over HTTP/1.1 where both are offered. An upstream \
                that speaks HTTP/2 without TLS has an address with `h2c://`.
                """,
            precedent: "Caddy transport http versions 1.1 2, HAProxy alpn"
        ),
    ]

    private static let year = Duration.year
}
