import MartletBytes

/// The options of uWSGI, a row each: what they become, and the sentence that says why.
enum UWSGIOptions {
    typealias Row = OptionRow<UWSGITranslation, UWSGIOption>

    /// By what they are about, for the reference page.
    static let groups: [(title: String, rows: [Row])] = [
        ("The application", UWSGIApplicationOptions.rows),
        ("Addresses", UWSGIAddressOptions.rows),
        ("Processes and requests", UWSGIProcessOptions.rows),
        ("Files", UWSGIFileOptions.rows),
        ("Logs and monitoring", UWSGILogOptions.rows),
        ("Beside the application", UWSGIBesideOptions.rows),
        ("Always so", UWSGIRemainingOptions.always),
        ("Elsewhere", UWSGIRemainingOptions.elsewhere),
    ]

    private static let rows: [String: Row] = {
        var rows: [String: Row] = [:]
        for row in groups.flatMap(\.rows) { for name in row.names { rows[name] = row } }
        return rows
    }()

    static func row(of name: String) -> Row? {
        if let row = rows[name] { return row }
        // uWSGI takes an underscore as it stands, but people write both.
        let other = name.replacing("_", with: "-")
        if let row = rows[other] { return row }
        return families.first { name.hasPrefix($0.prefix) }?.row
    }

    static func nearest(to name: String) -> String? {
        NearMatch.closest(to: name, among: rows.keys.sorted())
    }

    /// Many options with one answer.
    private static let families: [(prefix: String, row: Row)] = [
        ("route", .missing("route-*", instead: "write a redirect, or a policy of the route")),
        (
            "hook-",
            .missing("hook-*", instead: "systemd's ExecStartPre and its like run what is to run before and after")
        ),
        (
            "exec-",
            .missing("exec-*", instead: "systemd's ExecStartPre and its like run what is to run before and after")
        ),
        ("vassal", .missing("vassal*", instead: Sentences.emperor)),
        ("emperor", .missing("emperor*", instead: Sentences.emperor)),
        ("subscri", .missing("subscri*", instead: Sentences.subscription)),
        ("cheaper-", .missing("cheaper-*", instead: Sentences.cheaper)),
        ("spooler", .missing("spooler*", instead: Sentences.queue)),
        ("gevent", .missing("gevent*", instead: Sentences.gevent)),
        ("legion", .missing("legion*", instead: Sentences.legion)),
        ("error-page", .missing("error-page-*", instead: "write [route.\"/\".errors]")),
        ("cache", .missing("cache*", instead: Sentences.cache)),
        ("php", .missing("php*", instead: Sentences.language)),
    ]

    enum Sentences {
        static let emperor =
            "write all applications into one file, a route or a site each, or run a systemd unit for each"
        static let subscription = "there is no subscription server; name the addresses of the upstreams"
        static let cheaper = "workers-min and workers-idle are all there is; the load is seen in the queue"
        static let queue = "there is no spooler; a queue such as Celery or RQ runs as a command beside the application"
        static let gevent = "there are threads only; raise threads, and take monkey patching out of the application"
        static let legion = "there is no cluster; a balancer or an orchestrator chooses the machine"
        static let cache = "there is no cache for applications (import uwsgi); Redis or Memcached is one"
        static let language = "Python alone is run; for other languages there is their own server"
    }
}
