import MartletSettings

/// Everything that can be known of a file before anything starts: what `martlet check` says, and `martlet doctor`.
struct SiteCheck {
    let prepared: PreparedSite
    /// What cannot be known for sure, or is no fault.
    let notes: [String]

    /// - Throws: ``ConfigurationError`` with everything that is wrong, also where the site could be served, but not as it was meant.
    init(_ file: ConfigurationFile) throws(ConfigurationError) {
        var addresses: AddressChecks?
        func look(_ site: Site) -> [ConfigurationProblem] {
            let checks = AddressChecks(site)
            addresses = checks
            return checks.problems
        }
        prepared = try PreparedSite(file, isStrict: true, look)
        notes = (addresses?.notes ?? []) + prepared.missingModules
    }
}
