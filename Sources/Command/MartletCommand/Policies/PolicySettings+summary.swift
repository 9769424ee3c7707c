import MartletServer

extension PolicySettings {
    /// The ones that count, as `martlet explain` tells of them: a key, and what is not as by default.
    var summaries: [(key: String, text: String, place: TextPlace)] {
        Self.types.compactMap { summary($0) }
    }

    private func summary<Policy: PolicyConfiguration>(
        _: Policy.Type
    ) -> (key: String, text: String, place: TextPlace)? {
        guard case .on(let policy, let places) = self[keyPath: Policy.path] else { return nil }
        let said = Policy.settings.compactMap { setting -> String? in
            let text = setting.text(in: policy)
            return text == setting.text(in: Policy.defaults) ? nil : "\(setting.key) \(text)"
        }
        return (Policy.key, said.isEmpty ? "on" : said.joined(separator: "; "), places.table)
    }
}
