import Glibc
import MartletAttached

extension AttachedStatus {
    /// As `martlet status` shows it.
    var lines: [String] {
        var lines = ["  \(name.padded(to: 12)) \(schedule.map { "at \($0)" } ?? "always"): \(run)"]
        if let next { lines.append("    next at \(LocalZone.system.text(next))") }
        for instance in instances where schedule == nil || instance.state != "idle" || instance.last != nil {
            lines.append("    \(Self.line(instance))")
        }
        return lines
    }

    private static func line(_ instance: Instance) -> String {
        var parts = [instance.state]
        if instance.pid > 0 { parts.append("process \(instance.pid)") }
        if let started = instance.started { parts.append("since \(LocalZone.system.text(started))") }
        if instance.restarts > 0 { parts.append("\(instance.restarts) restarts") }
        if let last = instance.last { parts.append("the last one \(last)") }
        return parts.joined(separator: ", ")
    }
}
