/// Programs that run with the server.
enum UWSGIBesideOptions {
    static let rows: [UWSGIOptions.Row] = [
        .take(
            "attach-daemon",
            "attach-control-daemon",
            "smart-attach-daemon",
            "legion-attach-daemon",
            becomes: #"[command."celery"] run = "celery -A shop worker""#,
            "It stays in the foreground, and is started again when it ends."
        ) { (site, option) throws(NotTaken) in
            let isSmart = option.name.hasPrefix("smart")
            // A smart one begins with its pidfile.
            let run = isSmart ? String(option.value.drop { $0 != " " }.drop { $0 == " " }) : option.value
            guard !run.isEmpty else { throw .not("it names no command") }
            try site.addCommand(.init(run: run, origin: option.origin))
            if isSmart || option.name.hasPrefix("legion") {
                throw .changed("a command stays in the foreground: take out what makes it a daemon, and its pidfile")
            }
        },
        .take(
            "attach-daemon2",
            "smart-attach-daemon2",
            becomes: #"[command."celery"] run = "…""#,
            "`cmd`, `chdir`, `uid`, `gid`."
        ) {
            (site, option) throws(NotTaken) in try site.addDaemon(option)
        },
        .take("cron", "unique-cron", "legion-cron", becomes: #"[command."backup"] schedule = "59 2 * * *""#) {
            (site, option) throws(NotTaken) in
            let parts = option.value.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            guard parts.count == 6 else { throw .not("it is not MINUTE HOUR DAY MONTH WEEKDAY COMMAND") }
            let schedule = try UWSGISchedule.text(Array(parts[..<5]))
            try site.addCommand(.init(run: String(parts[5]), schedule: schedule, origin: option.origin))
            if parts[2] != "-1", parts[4] != "-1" { throw .changed(UWSGISchedule.bothDays) }
        },
        .take(
            "cron2",
            "unique-cron2",
            becomes: #"[command."backup"] schedule = "*/10 * * * *""#,
            "With `harakiri` as `time-limit`."
        ) {
            (site, option) throws(NotTaken) in try site.addCron(option)
        },
    ]
}

/// uWSGI's times of a cron: numbers, -1 for any, and -5 for those that 5 divides.
enum UWSGISchedule {
    static let bothDays = "uWSGI wants both the day and the weekday; here, as in a crontab, one of the two is enough"

    private static let ranges = [0...59, 0...23, 1...31, 1...12, 0...7]

    static func text(_ fields: [Substring]) throws(NotTaken) -> String {
        var parts: [String] = []
        for (field, range) in zip(fields, ranges) {
            guard let number = Int(field), number < 0 ? -number <= range.upperBound : range.contains(number) else {
                throw .not("'\(field)' is not a number as uWSGI has it, -1 for any")
            }
            parts.append(Self.text(number, range))
        }
        return parts.joined(separator: " ")
    }

    private static func text(_ number: Int, _ range: ClosedRange<Int>) -> String {
        if number == -1 { return "*" }
        guard number < 0 else { return "\(number)" }
        // Steps of a crontab begin at the lower end, where that is 1 as well.
        guard range.lowerBound > 0 else { return "*/\(-number)" }
        return range.filter { $0 % number == 0 }.map(String.init).joined(separator: ",")
    }
}

extension UWSGITranslation {
    /// `cmd=celery -A shop worker,chdir=/srv/shop,uid=shop`; a comma may stand in the command.
    fileprivate mutating func addDaemon(_ option: UWSGIOption) throws(NotTaken) {
        let keys = [
            "cmd", "freq", "pidfile", "control", "daemonize", "touch", "signal", "reloadsignal", "stopsignal", "uid",
            "gid",
            "chdir", "ns_pid", "max-throttle", "notifypid",
        ]
        let values = Self.pairs(option.value, keys: keys)
        guard let run = values.first(where: { $0.key == "cmd" })?.value, !run.isEmpty else {
            throw .not("it has no cmd")
        }
        var command = Command(run: run, origin: option.origin)
        var lost: [String] = []
        for (key, value) in values where key != "cmd" {
            switch key {
            case "chdir": command.directory = place.path(value)
            case "uid": command.user = value + (values.first { $0.key == "gid" }.map { ":\($0.value)" } ?? "")
            case "gid": break
            default: lost.append(key)
            }
        }
        try addCommand(command)
        if !lost.isEmpty {
            throw .changed("\(lost.joined(separator: ", ")) has no counterpart; it stays in the foreground")
        }
    }

    /// `minute=-10,unique=1 /usr/bin/backup`
    fileprivate mutating func addCron(_ option: UWSGIOption) throws(NotTaken) {
        guard let blank = option.value.firstIndex(of: " ") else { throw .not("it names no command") }
        let run = option.value[blank...].drop { $0 == " " }
        var fields: [String: Substring] = [:]
        var lost: [String] = []
        var limit: SketchValue?
        for pair in option.value[..<blank].split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { throw .not("'\(pair)' is not NAME=VALUE") }
            switch parts[0] {
            case "minute", "hour", "day", "month", "week": fields[String(parts[0])] = parts[1]
            case "unique": break
            case "harakiri": limit = try ImportedNumber.seconds(String(parts[1]))
            default: lost.append(String(parts[0]))
            }
        }
        let schedule = try UWSGISchedule.text(["minute", "hour", "day", "month", "week"].map { fields[$0] ?? "-1" })
        try addCommand(.init(run: String(run), schedule: schedule, limit: limit, origin: option.origin))
        if fields["day"] != nil, fields["week"] != nil { throw .changed(UWSGISchedule.bothDays) }
        if !lost.isEmpty { throw .changed("\(lost.joined(separator: ", ")) has no counterpart") }
    }

    private static func pairs(_ text: String, keys: [String]) -> [(key: String, value: String)] {
        var pairs: [(key: String, value: String)] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            if let key = keys.first(where: { part.hasPrefix($0 + "=") }) {
                pairs.append((key, String(part.dropFirst(key.count + 1))))
            } else if let last = pairs.indices.last {
                pairs[last].value += ",\(part)"
            }
        }
        return pairs
    }
}
