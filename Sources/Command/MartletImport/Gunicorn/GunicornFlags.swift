/// gunicorn's command line: which setting each flag is.
enum GunicornFlags {
    /// Those whose name is not that of the setting with hyphens.
    private static let named = [
        "-b": "bind", "-w": "workers", "-k": "worker_class", "-t": "timeout", "-c": "config", "-D": "daemon",
        "-p": "pidfile",
        "-u": "user", "-g": "group", "-m": "umask", "-e": "raw_env", "-n": "proc_name",
        "-R": "enable_stdio_inheritance",
        "--env": "raw_env", "--pid": "pidfile", "--name": "proc_name", "--keep-alive": "keepalive",
        "--preload": "preload_app",
        "--access-logfile": "accesslog", "--access-logformat": "access_log_format", "--error-logfile": "errorlog",
        "--log-file": "errorlog", "--log-level": "loglevel", "--log-config": "logconfig",
        "--log-config-dict": "logconfig_dict",
        "--log-syslog": "syslog", "--log-syslog-to": "syslog_addr", "--reload-extra-file": "reload_extra_files",
        "--no-sendfile": "sendfile", "--proxy-allow-from": "proxy_allow_ips", "--paster": "paste",
    ]

    /// Those without a value.
    private static let switches: Set<String> = [
        "reload", "spew", "check_config", "print_config", "preload_app", "sendfile", "daemon", "initgroups",
        "capture_output",
        "syslog", "proxy_protocol", "enable_stdio_inheritance", "reuse_port", "disable_redirect_access_to_syslog",
    ]

    struct Flag: Equatable {
        let setting: String
        let value: PythonValue
        /// As it was written.
        let text: String
    }

    /// Reads the words behind `gunicorn`.
    ///
    /// - Returns: its flags, and the application; repeated ones have one list.
    static func read(_ words: [String]) -> (flags: [Flag], application: String?) {
        var flags: [Flag] = []
        var application: String?
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word != "-" else {
                application = application ?? word
                continue
            }
            let equals = word.hasPrefix("--") ? word.firstIndex(of: "=") : nil
            var name = String(word[..<(equals ?? word.endIndex)])
            var value = equals.map { String(word[word.index(after: $0)...]) }
            if !name.hasPrefix("--"), name.count > 2 {
                value = String(name.dropFirst(2))
                name = String(name.prefix(2))
            }
            let setting = named[name] ?? String(name.drop { $0 == "-" }).replacing("-", with: "_")
            if switches.contains(setting) {
                flags.append(Flag(setting: setting, value: .truth(name != "--no-sendfile"), text: word))
                continue
            }
            let text = value ?? rest.popFirst() ?? ""
            add(Flag(setting: setting, value: .text(text), text: "\(name) \(text)"), to: &flags)
        }
        return (flags, application)
    }

    private static let lists: Set<String> = ["bind", "raw_env", "reload_extra_files", "pythonpath"]

    private static func add(_ flag: Flag, to flags: inout [Flag]) {
        guard lists.contains(flag.setting), let index = flags.firstIndex(where: { $0.setting == flag.setting }),
            case .text = flag.value
        else { return flags.append(flag) }
        let former: [PythonValue] =
            if case .list(let items) = flags[index].value { items } else { [flags[index].value] }
        flags[index] = Flag(
            setting: flag.setting,
            value: .list(former + [flag.value]),
            text: "\(flags[index].text) \(flag.text)"
        )
    }
}
