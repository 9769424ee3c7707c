/// Where requests come from.
enum UWSGIAddressOptions {
    static let rows: [UWSGIOptions.Row] = [
        .take(
            "socket",
            "uwsgi-socket",
            "s",
            becomes: #"bind = "uwsgi://127.0.0.1:3031""#,
            "The uwsgi protocol, for `uwsgi_pass` of nginx; the path of a Unix socket has `unix:` before it."
        ) { (site, option) throws(NotTaken) in try site.bind("uwsgi", option) },
        .take("http-socket", "http", "http11-socket", becomes: #"bind = "http://:8000""#, "Keep-alive is always on.") {
            (site, option) throws(NotTaken) in try site.bind("http", option)
        },
        .take(
            "https",
            "https2",
            "https-socket",
            becomes: #"bind = "https://:443", tls = { certificate, key }"#
        ) { (site, option) throws(NotTaken) in try site.bindSecurely(option) },
        .take("fastcgi-socket", becomes: #"bind = "fastcgi://127.0.0.1:9000""#) { (site, option) throws(NotTaken) in
            try site.bind("fastcgi", option)
        },
        .take("scgi-socket", becomes: #"bind = "scgi://127.0.0.1:4000""#) { (site, option) throws(NotTaken) in
            try site.bind("scgi", option)
        },
        .take("chmod-socket", "chmod", becomes: #"socket-mode = "660""#) { (site, option) throws(NotTaken) in
            let mode = option.value.isEmpty || option.value == "true" ? "666" : option.value
            site.sketch.set("socket-mode", .text(mode), from: option.origin)
        },
        .take("chown-socket", becomes: #"socket-owner = "shop:www-data""#) { (site, option) throws(NotTaken) in
            site.sketch.set("socket-owner", .text(option.value), from: option.origin)
        },
        .notNeeded("listen", "l", because: "the queue of connections is as long as the system allows"),
        .take(
            "http-timeout",
            "socket-timeout",
            "uwsgi-socket-timeout",
            becomes: #"[limits] timeout-send = "60s""#,
            "A client that takes nothing of an answer for so long."
        ) { (site, option) throws(NotTaken) in
            site.sketch.set(
                "timeout-send",
                try ImportedNumber.seconds(option.value),
                in: ["limits"],
                from: option.origin
            )
        },
        .take("http-keepalive", becomes: #"[limits] timeout-idle = "75s""#, "Without a number it is not needed.") {
            (site, option) throws(NotTaken) in
            guard Int(option.value) ?? 1 > 1 else { throw .needless("connections are kept open always") }
            site.sketch.set(
                "timeout-idle",
                try ImportedNumber.seconds(option.value),
                in: ["limits"],
                from: option.origin
            )
        },
        .notNeeded(
            "http-auto-chunked",
            "http-chunked-input",
            "http-raw-body",
            "http-websockets",
            "http-auto-gzip",
            "wsgi-manage-chunked-input",
            "so-keepalive",
            "tcp-nodelay",
            "reuse-port",
            "so-send-timeout",
            because: "HTTP/1.1 is spoken as a whole, and WebSockets work by environ[\"werkzeug.socket\"]"
        ),
        .missing(
            "shared-socket",
            "http-to",
            "http-modifier1",
            "http-processes",
            "http-workers",
            "https-session-context",
            "http-stud-prefix",
            "modifier1",
            instead: "there is one server for all addresses, and no router before it; write its addresses into bind"
        ),
        .take(
            "buffer-size",
            "b",
            becomes: #"[limits] head = "64KB""#,
            "Up to 32 KB, which is the default, it is not needed."
        ) {
            (site, option) throws(NotTaken) in
            let size = try ImportedNumber.number(option.value, 1...65_536)
            guard size > 32_768 else { throw .needless("a head may have 32 KB") }
            site.sketch.set("head", try ImportedNumber.bytes(option.value), in: ["limits"], from: option.origin)
        },
        .take(
            "limit-post",
            becomes: #"[limits] body = "100MB""#,
            "Without it Martlet takes 10 MB; uWSGI takes any size."
        ) {
            (site, option) throws(NotTaken) in
            site.sketch.set("body", try ImportedNumber.bytes(option.value), in: ["limits"], from: option.origin)
        },
        .notNeeded(
            "post-buffering",
            "post-buffering-bufsize",
            "body-read-warning",
            because: "bodies are taken in before the application is called, above 64 KB in a file"
        ),
    ]
}

extension UWSGITranslation {
    fileprivate mutating func bind(_ scheme: String, _ option: UWSGIOption) throws(NotTaken) {
        // Behind a comma stand options of uWSGI's routers.
        let text = option.value.prefix { $0 != "," }
        let address = try UWSGIAddress.address(String(text), place)
        sketch.add("bind", "\(scheme)://\(address)", from: option.origin)
        guard text.count < option.value.count else { return }
        throw .changed("what stands behind the comma has no counterpart")
    }

    fileprivate mutating func bindSecurely(_ option: UWSGIOption) throws(NotTaken) {
        let parts = UWSGIAddress.Secure(option.value)
        guard !parts.certificate.isEmpty, !parts.key.isEmpty else {
            throw .not("it names no certificate with its key; write tls = { certificate = \"…\", key = \"…\" }")
        }
        sketch.add("bind", "https://\(try UWSGIAddress.address(parts.address, place))", from: option.origin)
        sketch.set("certificate", .text(place.path(parts.certificate)), in: ["tls"], from: option.origin)
        sketch.set("key", .text(place.path(parts.key)), in: ["tls"], from: option.origin)
        if !parts.rest.isEmpty { throw .changed("ciphers and certificates of clients are settings of tls") }
    }
}
