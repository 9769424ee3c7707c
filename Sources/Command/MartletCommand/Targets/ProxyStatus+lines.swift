import Glibc
import MartletProxy

/// Upstreams as a person reads them.
extension ProxyStatus {
    var lines: [String] {
        let waiting = waiting > 0 ? ", \(waiting) waiting" : ""
        let head = ["state", "requests", "failures", "in flight", "connections", "answers in", "upstream"]
        return ["proxy\(waiting)", Self.row(head)] + upstreams.flatMap(Self.lines)
    }

    private static let widths = [11, 12, 12, 11, 13, 12]

    private static func row(_ cells: [String]) -> String {
        let padded = zip(cells, widths).map { $0.padded(to: $1) }
        return "  " + padded.joined() + (cells.count > widths.count ? cells[widths.count] : "")
    }

    private static func lines(_ upstream: UpstreamStatus) -> [String] {
        let row = row([
            upstream.state.rawValue, "\(upstream.requests)", "\(upstream.failures)", "\(upstream.inFlight)",
            "\(upstream.connections)", upstream.recentAnswerSeconds.map(time) ?? "-",
            upstream.url + (upstream.isBackup ? " (backup)" : ""),
        ])
        guard let failure = upstream.lastFailure else { return [row] }
        let seconds = max(0, Glibc.time(nil) - failure.time)
        return [row, "    \(ago(seconds)): \(failure.text)"]
    }

    private static func ago(_ seconds: Int) -> String {
        switch seconds {
        case ..<120: "\(seconds) s ago"
        case ..<7200: "\(seconds / 60) min ago"
        case ..<172_800: "\(seconds / 3600) h ago"
        default: "\(seconds / 86_400) days ago"
        }
    }

    private static func time(_ seconds: Double) -> String {
        switch seconds {
        case ..<0.01: "\((seconds * 100_000).rounded() / 100) ms"
        case ..<1: "\(Int((seconds * 1000).rounded())) ms"
        default: "\((seconds * 10).rounded() / 10) s"
        }
    }
}
