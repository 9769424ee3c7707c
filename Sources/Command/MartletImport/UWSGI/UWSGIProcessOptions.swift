/// Who works on requests, and for how long.
enum UWSGIProcessOptions {
    private static let countLimit = 1000

    static let rows: [UWSGIOptions.Row] = [
        .take("processes", "workers", "p", becomes: "workers = 4", "Where it is missing, 1: uWSGI's default.") {
            (site, option) throws(NotTaken) in
            site.setOfApplication("workers", try ImportedNumber.count(option.value, 1...countLimit), option)
        },
        .take("threads", becomes: "threads = 2", "Where it is missing, 1: uWSGI's default.") {
            (site, option) throws(NotTaken) in
            site.setOfApplication("threads", try ImportedNumber.count(option.value, 1...countLimit), option)
        },
        .take("cheaper", becomes: "workers-min = 2", "`processes` is what there may be at most.") {
            (site, option) throws(NotTaken) in
            site.setOfApplication("workers-min", try ImportedNumber.count(option.value, 1...countLimit), option)
        },
        .notNeeded(
            "cheaper-initial",
            "cheaper-step",
            "cheaper-algo",
            "cheaper-algorithm",
            "cheaper-overload",
            because: UWSGIOptions.Sentences.cheaper
        ),
        .missing(
            "cheap",
            "idle",
            "die-on-idle",
            instead: "workers-min is at least 1; systemd starts a server when it is asked"
        ),
        .take(
            "harakiri",
            "t",
            becomes: #"request-timeout = "30s""#,
            "504, an exception in the thread, then another worker."
        ) {
            (site, option) throws(NotTaken) in
            if option.value == "0" { throw .needless("it is off") }
            site.setOfApplication("request-timeout", try ImportedNumber.seconds(option.value), option)
        },
        .notNeeded(
            "harakiri-verbose",
            "harakiri-no-arh",
            "py-tracebacker",
            "harakiri-queue-threshold",
            because: "slow-request logs the Python stack of slow requests; a request that is stopped has its traceback"
        ),
        .take("max-requests", "R", becomes: "max-requests = 1000", "With a jitter of a tenth.") {
            (site, option) throws(NotTaken) in
            if option.value == "0" { throw .needless("it is off") }
            site.setOfApplication("max-requests", try ImportedNumber.count(option.value, 1...1_000_000_000), option)
        },
        .notNeeded("max-requests-delta", "min-worker-lifetime", because: "the jitter of a tenth is built in"),
        .take("max-worker-lifetime", becomes: #"max-lifetime = "3600s""#) { (site, option) throws(NotTaken) in
            site.setOfApplication("max-lifetime", try ImportedNumber.seconds(option.value), option)
        },
        .take("reload-on-rss", "evil-reload-on-rss", becomes: #"max-memory = "300MB""#) {
            (site, option) throws(NotTaken) in
            let size = try ImportedNumber.bytes(option.value, times: 1 << 20)
            site.setOfApplication("max-memory", size, option)
        },
        .missing(
            "reload-on-as",
            "evil-reload-on-as",
            "limit-as",
            instead:
                "the address space is not measured; max-memory looks at what a worker has in memory, and systemd's "
                + "MemoryMax= ends what is too large"
        ),
        .take("reload-mercy", "worker-reload-mercy", becomes: #"grace = "60s""#, "For all of a stop.") {
            (site, option) throws(NotTaken) in
            site.sketch.set("grace", try ImportedNumber.seconds(option.value), from: option.origin)
        },
        .notNeeded(
            "lazy-apps",
            "lazy",
            "py-call-osafterfork",
            because: "each worker imports the application itself; preload = true is the other way"
        ),
        .take(
            "touch-reload",
            "touch-workers-reload",
            "touch-chain-reload",
            "fs-reload",
            becomes: #"touch-reload = ["restart.txt"]"#,
            "A reload never leaves requests without a worker."
        ) { (site, option) throws(NotTaken) in
            site.sketch.add("touch-reload", site.place.path(option.value), from: option.origin)
        },
        .take("py-autoreload", "py-auto-reload", "python-autoreload", "python-auto-reload", becomes: "reload = true") {
            (site, option) throws(NotTaken) in
            guard option.isOn else { throw .needless("it is off") }
            site.setOfApplication("reload", .truth(true), option)
        },
        .missing(
            "gevent",
            "gevent-monkey-patch",
            "async",
            "ugreen",
            "greenlet",
            "asyncio",
            "loop",
            "tornado",
            "coroae",
            instead: UWSGIOptions.Sentences.gevent
        ),
        .take("uid", becomes: #"user = "shop:www-data""#, "For a server that root starts.") {
            (site, option) throws(NotTaken) in site.user = .init(text: option.value, origin: option.origin)
        },
        .take("gid", becomes: #"user = "shop:www-data""#) { (site, option) throws(NotTaken) in
            site.group = .init(text: option.value, origin: option.origin)
        },
        .missing(
            "add-gid",
            "immediate-uid",
            "immediate-gid",
            "privileged-binary-patch",
            instead: "user has the groups of that user"
        ),
    ]
}
