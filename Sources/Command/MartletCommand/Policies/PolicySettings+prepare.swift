import MartletGateway
import MartletPolicies

extension PolicySettings {
    /// Reads the files that they need.
    ///
    /// - Parameter report: is told what is wrong.
    func prepare(_ report: (ConfigurationProblem) -> Void) -> RoutePolicies {
        var policies = RoutePolicies()
        take(compress, report) { policies.compress = $0 }
        take(headers, report) { policies.headers = $0.rules }
        take(cors, report) { policies.cors = $0 }
        take(errors, report) { value throws(PolicyProblem) in policies.errors = try value.load() }
        take(maintenance, report) { value throws(PolicyProblem) in policies.maintenance = try value.load() }
        take(access, report) { policies.addresses = ($0.rules, $0.isDryRun) }
        // What is said at one place counts together, over all that it is said for.
        take(rate, report) { policies.rates = $0.limits.map { $0.counting(rate.place) } }
        take(concurrency, report) { policies.concurrency = $0.counting(concurrency.place) }
        take(responseCache, report) { value throws(PolicyProblem) in
            policies.cache = try value.prepared().counting(responseCache.place)
        }
        take(limits, report) { policies.limits = $0 }
        take(authentication, report) { value throws(PolicyProblem) in
            policies.authentication = try value.basic()
            policies.forwardAuthentication = value.forward
        }
        return policies
    }

    private func take<Policy>(
        _ choice: PolicyChoice<Policy>,
        _ report: (ConfigurationProblem) -> Void,
        _ body: (Policy) throws(PolicyProblem) -> Void
    ) {
        guard case .on(let policy, let places) = choice else { return }
        do throws(PolicyProblem) {
            try body(policy)
        } catch {
            let place = places.settings[error.key] ?? places.table
            report(ConfigurationProblem(place: place, message: "\(Policy.key): \(error.description)"))
        }
    }

    /// What is wrong with whom they ask about requests.
    func problem(in host: Host) -> ConfigurationProblem? {
        guard case .on(let authentication, let places) = authentication, let target = authentication.target else {
            return nil
        }
        let path = Array(target.utf8.prefix { $0 != UInt8(ascii: "?") })
        let isThere = path.withUnsafeBytes { bytes in host.routes.contains { $0.path.length(in: bytes) != nil } }
        if isThere { return nil }
        return ConfigurationProblem(
            place: places.settings["forward"] ?? places.table,
            message: "auth: no route of \(host.title ?? "the routes without a site") answers at \(target)"
        )
    }
}
