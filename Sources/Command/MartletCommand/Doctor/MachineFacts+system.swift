import FoundationEssentials
import Glibc
import MartletBuffering
import MartletBytes
import MartletServer
import MartletSettings
import MartletWSGI

/// What the system says of itself.
extension MachineFacts {
    mutating func gatherSystem() {
        openFiles = Self.mostOpenFiles
        acceptQueue = Self.number(in: "/proc/sys/net/core/somaxconn")
        lowestFreePort = Self.number(in: "/proc/sys/net/ipv4/ip_unprivileged_port_start") ?? 1024
        mayListenLow = Self.mayListenLow
        clock = Self.clock
        kernel = Self.kernel
        memory.limit = ControlGroup.memoryLimit
        memory.available = Self.availableMemory
        randomness = Self.randomness
        for name in ["LC_ALL", "LC_CTYPE", "LANG", "PYTHONUTF8"] { locale[name] = Self.variable(name) }
        temporary = Self.temporary
    }

    private static var mostOpenFiles: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        return Int(clamping: limit.rlim_max)
    }

    /// CAP_NET_BIND_SERVICE is number 10.
    private static var mayListenLow: Bool {
        let line = text(of: "/proc/self/status").split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        let set = line.flatMap { UInt64($0.dropFirst(7).filter { !$0.isWhitespace }, radix: 16) }
        return set.map { $0 >> 10 & 1 == 1 } ?? (geteuid() == 0)
    }

    private static var clock: Clock {
        var clock = Clock()
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        clock.year = Int(parts.tm_year) + 1900
        clock.isSynchronized = KernelClock.isSynchronized
        let first = ContinuousClock.now
        usleep(1000)
        clock.advances = ContinuousClock.now > first
        return clock
    }

    private static var kernel: Kernel {
        var kernel = Kernel()
        kernel.version = text(of: "/proc/sys/kernel/osrelease").filter { !$0.isWhitespace }
        kernel.hasReusePort = ReusePort.isThere
        kernel.hasMemoryFiles = KernelFeatures.hasMemoryFiles
        kernel.hasProcessDescriptors = KernelFeatures.hasProcessDescriptors
        return kernel
    }

    private static var availableMemory: Int? {
        let line = text(of: "/proc/meminfo").split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        return line.flatMap { Int($0.filter(\.isWholeNumber)) }.map { $0 << 10 }
    }

    /// Where distributions keep the authorities that they trust.
    private static let authorities = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ]

    private static var randomness: Randomness {
        var randomness = Randomness()
        // It gives nothing until it has gathered enough, since Linux 5.6 (random(4)).
        let device = open("/dev/random", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        if device >= 0 {
            defer { close(device) }
            var byte: UInt8 = 0
            randomness.isReady = read(device, &byte, 1) == 1 || errno != EAGAIN
        }
        randomness.authorities = authorities.first(where: FileSystem.isRegularFile)
        return randomness
    }

    private static var temporary: Temporary {
        var temporary = Temporary(folder: SpoolFile.folder)
        let folder = temporary.folder
        if FileSystem.kind(of: folder) != .folder {
            temporary.problem = "there is no such folder"
        } else if access(folder, W_OK | X_OK) != 0 {
            temporary.problem = "nothing can be made in it: \(String(cString: strerror(errno)))"
        }
        var space = statvfs()
        let (blocks, overflow) =
            statvfs(folder, &space) == 0
            ? Int(clamping: space.f_bavail).multipliedReportingOverflow(by: Int(clamping: space.f_frsize)) : (0, true)
        temporary.free = overflow ? nil : blocks
        temporary.isMemory = MountTable.kind(of: folder, in: text(of: "/proc/self/mounts")) == "tmpfs"
        return temporary
    }

    private static func number(in path: String) -> Int? { Int(text(of: path).filter { !$0.isWhitespace }) }

    private static func text(of path: String) -> String { SystemText.read(path) }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

/// A file of /proc or /sys.
enum SystemText {
    static func read(_ path: String) -> String {
        (try? RegularFile.read(path, atMost: 1 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}

/// Whether the kernel's clock is kept right, by chrony, systemd-timesyncd or a host.
private enum KernelClock {
    /// `struct timex` has 208 bytes; with zeros it changes nothing (adjtimex(2)).
    private typealias Ask = @convention(c) (UnsafeMutableRawPointer) -> CInt
    private static let room = 1024
    private static let timeError: CInt = 5

    /// nil where it cannot be known. Swift's module of the C library leaves sys/timex.h out.
    static var isSynchronized: Bool? {
        guard let symbol = dlsym(nil, "adjtimex") else { return nil }
        let state = UnsafeMutableRawPointer.allocate(byteCount: room, alignment: 16)
        defer { state.deallocate() }
        state.initializeMemory(as: UInt8.self, repeating: 0, count: room)
        let answer = unsafeBitCast(symbol, to: Ask.self)(state)
        return answer < 0 ? nil : answer != timeError
    }
}

/// What is mounted where.
enum MountTable {
    /// The kind of the file system that a folder is in.
    ///
    /// - Parameters:
    ///   - folder: from the root.
    ///   - table: as /proc/self/mounts has it: what is mounted later, covers what was there.
    static func kind(of folder: String, in table: String) -> String? {
        var best: (place: String, kind: String)?
        for line in table.split(separator: "\n") {
            let columns = line.split(separator: " ").map(String.init)
            guard columns.count > 2 else { continue }
            let place = columns[1].replacing("\\040", with: " ")
            let isAround = place == "/" || folder == place || folder.hasPrefix(place + "/")
            if isAround, place.count >= best?.place.count ?? 0 { best = (place, columns[2]) }
        }
        return best?.kind
    }
}

/// Whether several sockets can listen at one port.
private enum ReusePort {
    static var isThere: Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var on: CInt = 1
        return setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, socklen_t(MemoryLayout.size(ofValue: on))) == 0
    }
}

/// The group that a container or a unit of systemd runs in.
enum ControlGroup {
    /// How much memory it may take; nil for any.
    static var memoryLimit: Int? {
        let limits = paths(SystemText.read("/proc/self/cgroup")).map { limit(SystemText.read($0)) }
        return limits.compactMap { $0 }.min()
    }

    /// Its files of limits, and those of the groups around it: of version 2, then of version 1.
    static func paths(_ table: String) -> [String] {
        var paths: [String] = []
        for line in table.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let isUnified = parts[0] == "0" && parts[1].isEmpty
            guard isUnified || parts[1].split(separator: ",").contains("memory") else { continue }
            let (root, name) =
                isUnified ? ("/sys/fs/cgroup", "memory.max") : ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
            var names = parts[2].split(separator: "/")
            // In a container the path is often that outside of it: what is at the root is then its own.
            while true {
                paths.append(([root] + names.map(String.init) + [name]).joined(separator: "/"))
                if names.popLast() == nil { break }
            }
        }
        return paths
    }

    /// Version 1 says a number near the largest one for none.
    static func limit(_ text: String) -> Int? {
        guard let bytes = Int(text.filter { !$0.isWhitespace }), bytes < 1 << 60 else { return nil }
        return bytes
    }
}
