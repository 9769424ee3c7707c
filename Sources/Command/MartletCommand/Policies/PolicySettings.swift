import MartletPolicies

/// The policies that a route, a site or the top of a file names.
struct PolicySettings: Sendable {
    var access = PolicyChoice<AccessConfiguration>.unsaid
    var authentication = PolicyChoice<AuthenticationConfiguration>.unsaid
    var compress = PolicyChoice<CompressionConfiguration>.unsaid
    var concurrency = PolicyChoice<ConcurrencyLimit>.unsaid
    var cors = PolicyChoice<CORSConfiguration>.unsaid
    var errors = PolicyChoice<ErrorsConfiguration>.unsaid
    var headers = PolicyChoice<HeadersConfiguration>.unsaid
    var limits = PolicyChoice<RouteLimits>.unsaid
    var maintenance = PolicyChoice<MaintenanceConfiguration>.unsaid
    var rate = PolicyChoice<RateConfiguration>.unsaid
    var responseCache = PolicyChoice<ResponseCacheConfiguration>.unsaid

    /// In the order of their keys.
    static let types: [any PolicyConfiguration.Type] = [
        AccessConfiguration.self, AuthenticationConfiguration.self, CompressionConfiguration.self,
        ConcurrencyLimit.self, CORSConfiguration.self, ErrorsConfiguration.self, HeadersConfiguration.self,
        RouteLimits.self, MaintenanceConfiguration.self, RateConfiguration.self, ResponseCacheConfiguration.self,
    ]

    /// What counts of these where `outer` is said further out.
    func within(_ outer: PolicySettings) -> PolicySettings {
        var settings = self
        func add<Policy: PolicyConfiguration>(_: Policy.Type) {
            settings[keyPath: Policy.path] = self[keyPath: Policy.path].within(outer[keyPath: Policy.path])
        }
        for type in Self.types { add(type) }
        return settings
    }
}
