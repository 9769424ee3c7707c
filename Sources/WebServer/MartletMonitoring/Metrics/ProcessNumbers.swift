import FoundationEssentials
import Glibc

/// What the kernel says of this process, under the names that all client libraries of Prometheus give it.
struct ProcessNumbers {
    var cpuSeconds = 0.0
    var residentBytes = 0
    var virtualBytes = 0
    var threads = 0
    var startSeconds = 0.0
    var openFiles = 0
    var mostFiles = 0.0

    init() {
        let ticks = Double(max(1, sysconf(CInt(_SC_CLK_TCK))))
        let page = max(1, sysconf(CInt(_SC_PAGESIZE)))
        // Fields of proc_pid_stat(5), from the third one on: the name before them may have blanks.
        if let text = Self.read("/proc/self/stat"), let end = text.lastIndex(of: ")") {
            let fields = text[text.index(after: end)...].split(separator: " ")
            func field(_ number: Int) -> Double {
                fields.indices.contains(number - 3) ? Double(fields[number - 3]) ?? 0 : 0
            }
            cpuSeconds = (field(14) + field(15)) / ticks
            threads = Int(field(20))
            virtualBytes = Int(field(23))
            residentBytes = Int(field(24)) * page
            startSeconds = Self.bootSeconds + field(22) / ticks
        }
        openFiles = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count ?? 1) - 1
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 { mostFiles = Double(limit.rlim_cur) }
    }

    /// When the machine was started.
    private static let bootSeconds: Double = {
        let line = read("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line.flatMap { Double($0.dropFirst(6)) } ?? 0
    }()

    private static func read(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    var families: [MetricFamily] {
        func family(_ name: String, _ kind: MetricFamily.Kind, _ help: String, _ value: Double) -> MetricFamily {
            var family = MetricFamily(name, kind, help)
            family.add(value)
            return family
        }
        return [
            family("process_cpu_seconds", .counter, "Time on processors, in seconds.", cpuSeconds),
            family("process_resident_memory_bytes", .gauge, "Memory in use.", Double(residentBytes)),
            family("process_virtual_memory_bytes", .gauge, "Memory that is mapped.", Double(virtualBytes)),
            family("process_threads", .gauge, "Threads.", Double(threads)),
            family("process_open_fds", .gauge, "Open files and sockets.", Double(openFiles)),
            family("process_max_fds", .gauge, "Most files and sockets that may be open.", mostFiles),
            family("process_start_time_seconds", .gauge, "When it was started, since 1970.", startSeconds),
        ]
    }
}
