import MartletSettings

/// Everything that can be known of a file before anything starts: what `martlet check` says, and `martlet doctor`.
struct SiteCheck {
    let prepared: PreparedSite
    /// What cannot be known for sure, or is no fault.
    let notes: [String]

    /// - Parameter asksForAddresses: whether an address that another process has is a fault of the file.
    /// - Throws: ``ConfigurationError`` with everything that is wrong, also where the site could be served, but not as it was meant.
    init(_ file: ConfigurationFile, asksForAddresses: Bool = true) throws(ConfigurationError) {
        var addresses: AddressChecks?
        func look(_ site: Site) -> [ConfigurationProblem] {
            let checks = AddressChecks(site, asksTheSystem: asksForAddresses)
            addresses = checks
            return checks.problems
        }
        prepared = try PreparedSite(file, isStrict: true, look)
        notes = (addresses?.notes ?? []) + prepared.missingModules
    }
}
