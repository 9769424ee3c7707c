import MartletBytes

extension MetricsRegistry {
    /// The application's metrics as families.
    ///
    /// Names become what Prometheus allows. Where two metrics would have the same name and cannot be one family, or one would have
    /// a name of the server's, the later one has its kind behind its name.
    ///
    /// - Parameter taken: names that are the server's.
    package func families(besides taken: Set<String>) -> [MetricFamily] {
        var families: [String: MetricFamily] = [:]
        for (key, metric) in all.sorted(by: { ($0.key.label, "\($0.key.kind)") < ($1.key.label, "\($1.key.kind)") }) {
            let kind: MetricFamily.Kind = key.kind == .floatingPointCounter ? .counter : metric.kind
            var name = Self.name(key.label)
            if kind == .counter, name.hasSuffix("_total") { name.removeLast(6) }
            if kind == .histogram, !name.hasSuffix("_seconds") { name += "_seconds" }
            if taken.contains(name) || families[name].map({ $0.kind != kind }) == true { name += "_\(kind.rawValue)" }
            var family = families[name] ?? MetricFamily(name, kind, "Of the application: \(key.label)")
            metric.write(Self.labels(key.dimensions), to: &family)
            families[name] = family
        }
        return families.values.sorted { $0.name < $1.name }
    }

    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`
    private static func name(_ text: String) -> String { allowed(text, colons: true) }

    private static func allowed(_ text: String, colons: Bool) -> String {
        var bytes = text.utf8.map { byte in
            ASCII.isLetter(byte) || ASCII.isDigit(byte) || colons && byte == UInt8(ascii: ":")
                ? byte : UInt8(ascii: "_")
        }
        if bytes.first.map(ASCII.isDigit) != false { bytes.insert(UInt8(ascii: "_"), at: 0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Two that become the same are one, and `le` is the histograms' own.
    private static func labels(_ dimensions: [MetricFamily.Label]) -> [MetricFamily.Label] {
        var names: Set<String> = ["le"]
        return dimensions.compactMap { label in
            let name = allowed(label.name, colons: false)
            return names.insert(name).inserted ? MetricFamily.Label(name: name, value: label.value) : nil
        }
    }
}
