/// How metrics are written for those who scrape them.
package enum Exposition: Sendable {
    /// Prometheus's text format, version 0.0.4.
    case text
    /// OpenMetrics 1.0.
    case openMetrics

    /// What a client can read. Prometheus asks for OpenMetrics by name, and is the only one that has to.
    package init(accept: String?) {
        self = accept?.contains("application/openmetrics-text") == true ? .openMetrics : .text
    }

    package var contentType: String {
        switch self {
        case .text: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// Families without samples are left out.
    package func render(_ families: [MetricFamily]) -> String {
        var text = ""
        for family in families where !family.samples.isEmpty {
            let total = family.kind == .counter ? "_total" : ""
            let name = self == .text ? family.name + total : family.name
            text += "# HELP \(name) \(Self.escapeHelp(family.help, quotes: self == .openMetrics))\n"
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            for sample in family.samples {
                text += family.name + total + sample.suffix
                if !sample.labels.isEmpty {
                    let labels = sample.labels.map { "\($0.name)=\"\(Self.escape($0.value))\"" }
                    text += "{" + labels.joined(separator: ",") + "}"
                }
                text += " " + Self.number(sample.value) + "\n"
            }
        }
        return self == .openMetrics ? text + "# EOF\n" : text
    }

    /// The value of a label: backslashes, quotes and line ends are escaped, and everything else is as it is.
    private static func escape(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return text }
        return escapeHelp(text, quotes: true)
    }

    private static func escapeHelp(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// A whole number without a fraction, as long as it is exact.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }
}
