import MartletPolicies
import MartletServer

/// Reading policies: `compress = true`, `rate = "10/s"`, `auth = false`, `[route."/".cors]`.
extension PolicySettings {
    /// - Parameter excluded: a key that means something else in this table.
    init(reading table: ConfigurationTable, _ document: ConfigurationDocument, without excluded: String? = nil) {
        for type in Self.types where type.key != excluded { read(type, table, document) }
    }

    private mutating func read<Policy: PolicyConfiguration>(
        _: Policy.Type,
        _ table: ConfigurationTable,
        _ document: ConfigurationDocument
    ) {
        let path = table.path + [Policy.key]
        let place = document.places.place(of: path)
        var places = RoutePlaces(table: place, path: path)
        var policy = Policy.defaults
        let problems = document.problems.count
        switch table.form(of: Policy.key) {
        case .missing: return
        case .truth(false):
            self[keyPath: Policy.path] = .off
            return
        case .truth(true):
            guard Policy.isCompleteByDefault else {
                document.add(place, "\(Policy.key): true does not say enough; \(Policy.advice(path))")
                return
            }
        case .value:
            guard let setting = Policy.settings.first(where: { $0.key == Policy.shorthand }) else {
                document.add(place, "\(Policy.key): it is \(Policy.advice(path))")
                return
            }
            table.read(setting, at: Policy.key, into: &policy)
            places.settings[setting.key] = place
        case .table:
            guard let inner = table.inner(Policy.key) else { return }
            places.table = document.places.key(path)
            inner.read(Policy.settings, into: &policy)
            inner.refuseTheRest()
            for setting in Policy.settings {
                places.settings[setting.key] = document.places.place(of: path + [setting.key])
            }
        }
        self[keyPath: Policy.path] = .on(policy, places)
        // What is wrong with one of its settings makes it look incomplete.
        guard document.problems.count == problems else { return }
        do { try policy.check() } catch {
            document.add(places.table, "\(Policy.key): \(error)")
        }
    }
}

extension PolicyConfiguration {
    fileprivate static func advice(_ path: [String]) -> String {
        let table = "a table: [\(path.dotted)], and its settings below it"
        return isCompleteByDefault ? "true, false or \(table)" : table
    }
}
