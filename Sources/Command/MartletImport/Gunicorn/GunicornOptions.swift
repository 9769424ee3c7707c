import MartletBytes

/// The settings of gunicorn, a row each, by their names in a file; those of the command line are in ``GunicornFlags``.
enum GunicornOptions {
    typealias Row = OptionRow<GunicornTranslation, GunicornOption>

    static let rows: [Row] = serving + requests + surroundings

    private static let byName: [String: Row] = {
        var byName: [String: Row] = [:]
        for row in rows { for name in row.names { byName[name] = row } }
        return byName
    }()

    static func row(of name: String) -> Row? { byName[name] ?? (hooks.contains(name) ? hook : nil) }
    static func nearest(to name: String) -> String? { NearMatch.closest(to: name, among: byName.keys.sorted()) }

    private static let hooks: Set<String> = [
        "on_starting", "on_reload", "when_ready", "pre_fork", "post_fork", "post_worker_init", "worker_int",
        "worker_abort",
        "pre_exec", "pre_request", "post_request", "child_exit", "worker_exit", "nworkers_changed", "on_exit",
        "ssl_context",
    ]
    private static let hook = Row.missing("hooks", instead: "a hook is Python, which the server does not run")

    /// What is served, where, and by how many.
    private static let serving: [Row] = [
        .take("wsgi_app", becomes: #"wsgi = "hello:app""#) { (site, option) throws(NotTaken) in
            let text = try option.text()
            if !text.isEmpty { site.application = (text, option.origin) }
        },
        .take("bind", becomes: #"bind = "http://127.0.0.1:8000""#) { (site, option) throws(NotTaken) in
            var found: [(text: String, origin: String)] = []
            for text in try option.texts() { found.append((try site.address(text), option.origin)) }
            site.addresses = found
        },
        .take("protocol", becomes: #"bind = "uwsgi://…""#) { (site, option) throws(NotTaken) in
            let text = try option.text().lowercased()
            guard ["http", "uwsgi"].contains(text) else { throw .not("there is no protocol '\(text)'") }
            site.scheme = text
        },
        .take("workers", becomes: "workers = 4", "Where it is missing, 1: gunicorn's default.") {
            (site, option) throws(NotTaken) in site.setOfApplication("workers", try option.count(1...1000), option)
        },
        .take("threads", becomes: "threads = 4", "Where it is missing, 1: gunicorn's default.") {
            (site, option) throws(NotTaken) in site.setOfApplication("threads", try option.count(1...1000), option)
        },
        .take("worker_class", becomes: "", "`sync` and `gthread` are not needed: the server holds connections.") {
            (_, option) throws(NotTaken) in
            let name = try option.text()
            if ["sync", "gthread", ""].contains(name) {
                throw .needless("the server holds connections, never a worker")
            }
            if name.contains("uvicorn") || name == "asgi" {
                throw .not("ASGI applications are not served; WSGI alone is")
            }
            throw .not("there are threads only; raise threads, and take monkey patching out of the application")
        },
        .take("worker_connections", becomes: "", "") { (_, _) throws(NotTaken) in
            throw .needless(
                "the limit on connections follows from that on open files; [limits] connections sets another"
            )
        },
        .notNeeded("backlog", because: "the queue of connections is as long as the system allows"),
        .notNeeded("reuse_port", because: "one process listens"),
        .take("max_requests", becomes: "max-requests = 1000") { (site, option) throws(NotTaken) in
            if option.isZero { throw .needless("it is off") }
            site.setOfApplication("max-requests", try option.count(1...1_000_000_000), option)
        },
        .notNeeded("max_requests_jitter", because: "the jitter of a tenth is built in"),
        .take("preload_app", becomes: "preload = true") { (site, option) throws(NotTaken) in
            guard option.isOn else { throw .needless("it is off") }
            site.setOfApplication("preload", .truth(true), option)
        },
        .take("reload", becomes: "reload = true") { (site, option) throws(NotTaken) in
            guard option.isOn else { throw .needless("it is off") }
            site.setOfApplication("reload", .truth(true), option)
        },
        .take("reload_extra_files", becomes: #"touch-reload = ["templates/base.html"]"#) {
            (site, option) throws(NotTaken) in
            for path in try option.texts() {
                site.sketch.add("touch-reload", site.place.path(path), from: option.origin)
            }
        },
        .notNeeded("reload_engine", "spew", "check_config", "print_config", because: "martlet check looks at the file"),
    ]

    /// What a request may take.
    private static let requests: [Row] = [
        .take(
            "timeout",
            becomes: #"request-timeout = "30s""#,
            "For a request until its answer begins, not for a worker."
        ) {
            (site, option) throws(NotTaken) in
            if option.isZero { return site.setOfApplication("request-timeout", .text("off"), option) }
            site.setOfApplication("request-timeout", try option.seconds(), option)
        },
        .take("graceful_timeout", becomes: #"grace = "30s""#) { (site, option) throws(NotTaken) in
            site.sketch.set("grace", try option.seconds(), from: option.origin)
        },
        .take("keepalive", becomes: #"[limits] timeout-idle = "5s""#) { (site, option) throws(NotTaken) in
            if option.isZero {
                throw .not("connections are kept open; a second is the least: [limits] timeout-idle = \"1s\"")
            }
            site.sketch.set("timeout-idle", try option.seconds(), in: ["limits"], from: option.origin)
        },
        .take("limit_request_line", becomes: #"[limits] target = "8KB""#) { (site, option) throws(NotTaken) in
            if option.isZero { throw .not("there is always a limit; [limits] target = \"64KB\" is a large one") }
            site.sketch.set("target", try option.bytes(), in: ["limits"], from: option.origin)
        },
        .take("limit_request_fields", becomes: "[limits] head-fields = 100") { (site, option) throws(NotTaken) in
            site.sketch.set("head-fields", try option.count(1...10_000), in: ["limits"], from: option.origin)
        },
        .notNeeded("limit_request_field_size", because: "[limits] head, 32 KB, is for all fields together"),
        .take("forwarded_allow_ips", becomes: #"trusted-proxy = ["10.0.0.0/8"]"#) { (site, option) throws(NotTaken) in
            let peers = try option.texts()
            for peer in peers.isEmpty ? ["none"] : peers.flatMap({ $0 == "*" ? ["0.0.0.0/0", "::/0", "unix"] : [$0] }) {
                site.sketch.add("trusted-proxy", peer, from: option.origin)
            }
            if peers.contains("*") {
                throw .changed("every peer is believed, as with gunicorn: name the proxy instead")
            }
        },
        .take("proxy_protocol", becomes: #"proxy-protocol = ["127.0.0.1", "::1"]"#) { (site, option) throws(NotTaken) in
            guard option.isOn, try option.text() != "off" else { throw .needless("it is off") }
            if !site.sketch.has("proxy-protocol") {
                for peer in ["127.0.0.1", "::1"] { site.sketch.add("proxy-protocol", peer, from: option.origin) }
            }
        },
        .missing("proxy_allow_ips", instead: "proxy-protocol names the peers that send its header"),
        .take("header_map", becomes: "allow-underscores = true") { (site, option) throws(NotTaken) in
            guard try option.text() == "dangerous" else { throw .needless("such fields are dropped") }
            site.setOfApplication("allow-underscores", .truth(true), option)
        },
        .missing(
            "secure_scheme_headers",
            "forwarder_headers",
            instead: "forwarded-fields names what a trusted proxy is believed: for, proto, host, port, prefix"
        ),
        .notNeeded(
            "sendfile",
            "worker_tmp_dir",
            "tmp_upload_dir",
            "permit_unconventional_http_method",
            "permit_unconventional_http_version",
            "permit_obsolete_folding",
            "strip_header_spaces",
            "casefold_http_method",
            "http_parser",
            "http_protocols",
            because: "HTTP is read strictly, and files are sent by sendfile"
        ),
    ]

    /// Where it runs, and what it says.
    private static let surroundings: [Row] = [
        .take("chdir", becomes: #"directory = "app""#) { (site, option) throws(NotTaken) in
            site.setOfApplication("directory", .text(site.place.path(try option.text())), option)
        },
        .take("raw_env", "env", becomes: #"[route."/".environment]"#) { (site, option) throws(NotTaken) in
            for text in try option.texts() {
                guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                    throw .not("'\(text)' is not NAME=VALUE")
                }
                let name = String(text[..<equals])
                site.environment.removeAll { $0.name == name }
                site.environment.append((name, String(text[text.index(after: equals)...]), option.origin))
            }
        },
        .take("pythonpath", becomes: #"environment.PYTHONPATH = "…""#) { (site, option) throws(NotTaken) in
            let text = try option.texts().joined(separator: ":")
            site.environment.append(("PYTHONPATH", text, option.origin))
        },
        .take("user", becomes: #"user = "shop:www-data""#, "For a server that root starts.") {
            (site, option) throws(NotTaken) in site.user = (try option.text(), option.origin)
        },
        .take("group", becomes: #"user = "shop:www-data""#) { (site, option) throws(NotTaken) in
            site.group = (try option.text(), option.origin)
        },
        .take("umask", becomes: #"socket-mode = "660""#, "Of Unix sockets; for files, systemd's `UMask=`.") {
            (site, option) throws(NotTaken) in
            guard case .int(let mask) = option.value, (0...0o777).contains(mask) else {
                throw .not("write socket-mode, who may connect to the Unix sockets: 660")
            }
            let mode = String(0o666 & ~mask, radix: 8)
            site.sketch.set(
                "socket-mode",
                .text(String(repeating: "0", count: 3 - mode.count) + mode),
                from: option.origin
            )
            if mask != 0 {
                throw .changed("it is for Unix sockets; for files that the application makes, systemd's UMask=")
            }
        },
        .take(
            "accesslog",
            becomes: #"access-log = "-""#,
            "Without it there is one on standard output; gunicorn has none."
        ) {
            (site, option) throws(NotTaken) in
            let path = try option.text()
            let target = path.isEmpty ? "off" : path == "-" ? "-" : site.place.path(path)
            site.sketch.set("access-log", .text(target), from: option.origin)
        },
        .missing(
            "access_log_format",
            instead: "access-log-format is combined or json, which has every fact that there is"
        ),
        .take("errorlog", becomes: "", "Standard error.") { (_, option) throws(NotTaken) in
            if try option.text() == "-" { throw .needless("it is standard error") }
            throw .not("the log is standard error; systemd or a container keeps it")
        },
        .take("loglevel", becomes: #"log-level = "info""#) { (site, option) throws(NotTaken) in
            let level = try option.text().lowercased()
            guard ["debug", "info", "warning", "error", "critical"].contains(level) else {
                throw .not("there is no level '\(level)'")
            }
            site.sketch.set("log-level", .text(level), from: option.origin)
        },
        .missing(
            "logger_class",
            "logconfig",
            "logconfig_dict",
            "logconfig_json",
            "syslog",
            "syslog_addr",
            "syslog_prefix",
            "syslog_facility",
            "enable_stdio_inheritance",
            "disable_redirect_access_to_syslog",
            instead: "the log is standard error; systemd or a container passes it on"
        ),
        .notNeeded("capture_output", because: "what the application prints is in the log"),
        .missing(
            "statsd_host",
            "statsd_prefix",
            "dogstatsd_tags",
            instead: "metrics = \"127.0.0.1:9100\" is what Prometheus asks"
        ),
        .take("certfile", becomes: #"tls.certificate = "cert.pem""#) { (site, option) throws(NotTaken) in
            site.certificate = (site.place.path(try option.text()), option.origin)
        },
        .take("keyfile", becomes: #"tls.key = "key.pem""#) { (site, option) throws(NotTaken) in
            site.key = (site.place.path(try option.text()), option.origin)
        },
        .missing(
            "ca_certs",
            "cert_reqs",
            "ssl_version",
            "ciphers",
            "do_handshake_on_connect",
            "suppress_ragged_eofs",
            instead: "client-ca, client-certificates and profile of tls"
        ),
        .take("daemon", becomes: "", "") { (_, option) throws(NotTaken) in
            guard option.isOn else { throw .needless("it is off") }
            throw .not("the server stays in the foreground: systemd or a container keeps it running")
        },
        .notNeeded(
            "pidfile",
            because: "systemd knows the process; martlet status and martlet reload find it by themselves"
        ),
        .notNeeded(
            "initgroups",
            "proc_name",
            "default_proc_name",
            because: "user has all groups of that user, and processes keep their names"
        ),
        .notNeeded(
            "control_socket",
            "control_socket_mode",
            "control_socket_disable",
            because: "martlet status and martlet reload find the server by themselves"
        ),
        .missing("paste", "raw_paste_global_conf", instead: "name a factory: wsgi = \"shop:create_app()\""),
        .missing(
            "config",
            instead: "another file is not read; translate it by itself: martlet import gunicorn.conf.py --app hello:app"
        ),
    ]
}
