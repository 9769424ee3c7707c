/// A site of which is known that what its targets need is there. Nothing of it runs yet.
struct PreparedSite: Sendable {
    let site: Site
    /// One for each route, in their order.
    let targets: [any PreparedTarget]
}

extension PreparedSite {
    /// Of a file, with everything that can be known before anything starts.
    ///
    /// - Throws: ``ConfigurationError`` with everything that is wrong.
    init(_ file: ConfigurationFile) throws(ConfigurationError) {
        let site = try file.read()
        self.init(site: site, targets: try Self.prepare(site, in: file.text))
    }

    private static func prepare(
        _ site: Site,
        in text: ConfigurationText
    ) throws(ConfigurationError) -> [any PreparedTarget] {
        var targets: [any PreparedTarget] = []
        var problems = site.allHosts.compactMap { $0.tls?.problem } + site.acmeProblems
        for route in site.routes {
            do throws(TargetProblem) {
                targets.append(try route.target.prepare(isOneOfSeveral: true))
            } catch {
                let place = route.places.settings[error.key] ?? route.places.table
                problems.append(ConfigurationProblem(place: place, message: error.description))
            }
        }
        if !problems.isEmpty { throw ConfigurationError(problems, in: text) }
        return targets
    }
}
