/// What is noted, and who is told.
enum UWSGILogOptions {
    static let rows: [UWSGIOptions.Row] = [
        .take(
            "logto",
            "logto2",
            "daemonize",
            "daemonize2",
            "d",
            becomes: #"access-log = "uwsgi.log""#,
            "Requests go there; the server's own messages and what applications print go to standard error."
        ) { (site, option) throws(NotTaken) in
            guard !option.value.isEmpty, option.value != "true", !option.value.contains("://") else {
                throw .not("the server stays in the foreground: systemd or a container keeps it running")
            }
            site.log = (site.place.path(option.value), option)
            let place = "only requests are noted there; the rest goes to standard error, where systemd keeps it"
            throw .changed(
                option.name.hasPrefix("d")
                    ? "the server stays in the foreground, for systemd to start; \(place)" : place
            )
        },
        .take("req-logger", "logger-req", becomes: #"access-log = "access.log""#) { (site, option) throws(NotTaken) in
            guard option.value.hasPrefix("file:") else { throw .not("the access log is standard output or a file") }
            let path = option.value.dropFirst(5).prefix { $0 != "," }
            site.log = (site.place.path(String(path)), option)
        },
        .take("disable-logging", "L", becomes: #"access-log = "off""#, "Errors are logged in any case.") {
            (site, option) throws(NotTaken) in
            guard option.isOn else { throw .needless("it is off") }
            site.withoutLog = option
        },
        .missing(
            "log-format",
            "logformat",
            "log-encoder",
            "log-req-encoder",
            "logformat-strftime",
            "log-date",
            instead: "access-log-format is combined or json, which has every fact that there is"
        ),
        .missing(
            "logger",
            "log-route",
            "log-req-route",
            "rsyslog",
            "syslog",
            "alarm",
            "log-alarm",
            instead: "the log is standard error; systemd or a container passes it on"
        ),
        .notNeeded(
            "log-4xx",
            "log-5xx",
            "log-zero",
            "log-slow",
            "log-big",
            "log-sendfile",
            "log-ioerror",
            "log-micros",
            "log-x-forwarded-for",
            "logfile-chown",
            "logfile-chmod",
            "log-reopen",
            "log-truncate",
            "log-backupname",
            "log-maxsize",
            "log-master",
            "log-master-bufsize",
            "threaded-logger",
            "log-prefix",
            "memory-report",
            "m",
            because: "the access log has all requests, with their time and the client that a trusted proxy names"
        ),
        .notNeeded("touch-logreopen", "touch-logrotate", because: "the signal USR1 opens the access log anew"),
        .take("stats", "stats-server", becomes: #"status = "127.0.0.1:9191""#, "A page, `/status.json` and metrics.") {
            (site, option) throws(NotTaken) in
            let address = try UWSGIAddress.address(option.value, site.place)
            let isOpen = address.hasPrefix(":") || address.hasPrefix("0.0.0.0:") || address.hasPrefix("[::]:")
            let port = address.split(separator: ":").last ?? ""
            site.sketch.set("status", .text(isOpen ? "127.0.0.1:\(port)" : address), from: option.origin)
            if isOpen { throw .changed("it is for this machine alone; status-remote = true opens it to others") }
        },
        .notNeeded(
            "stats-http",
            "stats-minified",
            "stats-min",
            "stats-no-cores",
            "stats-no-metrics",
            because: "status is HTTP"
        ),
        .missing(
            "carbon",
            "statsd-push",
            "stats-push",
            "stats-pusher",
            "metric",
            "enable-metrics",
            "metrics-dir",
            "snmp",
            "graphite",
            instead: "metrics = \"127.0.0.1:9100\" is what Prometheus asks"
        ),
    ]
}
