/// What has no setting: what is always so, and what others do.
enum UWSGIRemainingOptions {
    /// What it switches on is how Martlet works.
    static let always: [UWSGIOptions.Row] = [
        .notNeeded("master", "M", because: "the server is its own process and replaces workers that die"),
        .notNeeded("vacuum", because: "the files of sockets are removed"),
        .notNeeded("die-on-term", because: "TERM stops the server"),
        .notNeeded(
            "need-app",
            "no-default-app",
            "catch-exceptions",
            because: "an application that cannot be imported ends the start with 3"
        ),
        .notNeeded("single-interpreter", "i", because: "each worker has one interpreter"),
        .notNeeded("enable-threads", "T", because: "threads of the application always run"),
        .notNeeded("thunder-lock", because: "workers take requests from one queue"),
        .notNeeded("strict", because: "an unknown key of the file is always an error"),
        .notNeeded("no-orphans", because: "workers end with the server"),
        .notNeeded("manage-script-name", because: "SCRIPT_NAME is always right"),
        .take(
            "plugins",
            "plugin",
            "plugins-dir",
            "plugin-dir",
            becomes: "",
            "Python is not a plugin: one build loads into every CPython from 3.9."
        ) {
            (_, option) throws(NotTaken) in
            let others = option.value.split(whereSeparator: { ", ".contains($0) })
                .filter { name in !known.contains { name.hasPrefix($0) } }
            if option.name.contains("dir") || others.isEmpty { throw .needless("nothing is a plugin") }
            throw .not("\(others.joined(separator: ", ")): \(UWSGIOptions.Sentences.language)")
        },
        .notNeeded(
            "pidfile",
            "pidfile2",
            "safe-pidfile",
            "safe-pidfile2",
            because: "systemd knows the process; martlet status and martlet reload find it by themselves"
        ),
        .notNeeded("master-fifo", because: "martlet status, martlet reload and martlet upgrade do that"),
        .notNeeded(
            "procname",
            "procname-prefix",
            "procname-prefix-spaced",
            "auto-procname",
            "procname-master",
            because: "processes keep their names; martlet status shows what each is"
        ),
        .notNeeded(
            "close-on-exec",
            "close-on-exec2",
            "ignore-sigpipe",
            "ignore-write-errors",
            "disable-write-exception",
            "wsgi-disable-file-wrapper",
            "wsgi-accept-buffer",
            "wsgi-env-behaviour",
            "wsgi-env-behavior",
            "honour-stdin",
            "prio",
            "no-server",
            "wsgi-strict",
            "show-config",
            "autoload",
            "ssl-verbose",
            "remap-modifier",
            "limit-nproc",
            because: "there is nothing to switch on"
        ),
    ]

    private static let known = [
        "python", "http", "router", "logfile", "logsocket", "corerouter", "cheaper", "rawrouter", "ssl",
    ]

    /// What systemd, a balancer or another program does.
    static let elsewhere: [UWSGIOptions.Row] = [
        .missing("emperor", "vassals-include", instead: UWSGIOptions.Sentences.emperor),
        .missing("spooler", instead: UWSGIOptions.Sentences.queue),
        .missing(
            "mule",
            "mules",
            "farm",
            instead: "there are no mules; write [command.\"NAME\"] with run = \"python worker.py\""
        ),
        .missing(
            "cache2",
            "cache",
            "sharedarea",
            "queue",
            "locks",
            "queue-store",
            instead: UWSGIOptions.Sentences.cache
        ),
        .missing(
            "signal",
            "signal-timer",
            "rpc",
            "rb-timer",
            instead: "there are no signals and no RPC between workers (import uwsgi)"
        ),
        .missing("subscribe-to", "subscribe2", "subscribe", instead: UWSGIOptions.Sentences.subscription),
        .missing(
            "fastrouter",
            "rawrouter",
            "sslrouter",
            "forkptyrouter",
            instead: "a route with proxy passes requests on"
        ),
        .missing(
            "zerg",
            "zergpool",
            "zerg-pool",
            "zerg-server",
            instead: "martlet upgrade takes the place of a running server without a lost connection"
        ),
        .missing("legion", instead: UWSGIOptions.Sentences.legion),
        .missing(
            "umask",
            "chroot",
            "cgroup",
            "cgroup-opt",
            "unshare",
            "namespace",
            "cap",
            "nice",
            "cpu-affinity",
            "rlimit",
            "limit-nofile",
            "max-fd",
            "scheduler",
            "ksm",
            "mlockall",
            "setns",
            "netns",
            instead: "systemd has it: UMask=, RootDirectory=, CPUAffinity=, Nice=, LimitNOFILE= and their like"
        ),
        .missing(
            "psgi",
            "rack",
            "rails",
            "lua",
            "jvm",
            "cgi",
            "pypy",
            "mono",
            "v8",
            "go",
            "erlang",
            "symcall",
            "xslt-docroot",
            "glusterfs",
            "rados",
            instead: UWSGIOptions.Sentences.language
        ),
        .missing(
            "yaml",
            "yml",
            "xml",
            "json",
            "sqlite",
            "ldap",
            "config",
            "c",
            instead: "another file is not read; translate it by itself"
        ),
    ]
}
