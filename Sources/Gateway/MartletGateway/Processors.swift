internal import Glibc
internal import NIOCore

/// The processors that this process may use.
public enum Processors {
    /// How many: no more than the affinity mask (`taskset`, cpusets) and the container's quota allow.
    public static var available: Int {
        let allowed = allowedByAffinity()
        return allowed > 0 ? min(allowed, System.coreCount) : System.coreCount
    }

    /// From the line `Cpus_allowed:` of /proc/self/status, a mask in hexadecimal; 0 if there is none.
    private static func allowedByAffinity() -> Int {
        let descriptor = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 8192)
        let count = read(descriptor, &buffer, buffer.count)
        let text = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed:") }) else { return 0 }
        return line.dropFirst("Cpus_allowed:".count).reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
    }
}
