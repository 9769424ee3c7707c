extension Site {
    /// What can be known before anything starts, of every target in the order of the routes.
    ///
    /// - Parameter text: the file that the site was read from.
    /// - Throws: ``ConfigurationError`` with everything that is wrong.
    func prepare(in text: ConfigurationText) throws(ConfigurationError) -> [any PreparedTarget] {
        var targets: [any PreparedTarget] = []
        var problems: [ConfigurationProblem] = []
        for route in routes {
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
