package import MartletGateway

/// The policies of a route, each nil where nothing is said. Their order is here, and nowhere in a file.
package struct RoutePolicies: Sendable {
    package var compress: CompressionConfiguration?
    package var headers = HeaderRules()
    package var cors: CORSConfiguration?
    package var errors: ErrorPages?
    package var maintenance: MaintenanceMode?
    package var addresses: (rules: AddressRules, isDryRun: Bool)?
    package var rates: [RateLimit] = []
    package var concurrency: ConcurrencyLimit?
    package var limits: RouteLimits?
    package var authentication: BasicAuthentication?
    package var forwardAuthentication: ForwardAuthentication?
    package var cache: ResponseCacheConfiguration?

    package init() {}

    /// From the outermost.
    ///
    /// Compression is last to touch an answer, after rules for fields, and both act on the pages of errors. Who is refused by
    /// his address or his rate costs no password check, and a preflight, which has no password, needs none.
    ///
    /// - Parameters:
    ///   - sender: who is asked about requests.
    ///   - former: policies that may stand in it again: what they have counted goes on to count.
    package func chain(asking sender: any SubrequestSender, keeping former: [any Policy] = []) -> [any Policy] {
        var chain: [any Policy] = []
        if let compress { chain.append(Compression(compress)) }
        if !headers.isEmpty { chain.append(HeaderPolicy(headers)) }
        if let cors { chain.append(CORSPolicy(cors)) }
        if let errors { chain.append(ErrorPolicy(errors)) }
        if let addresses { chain.append(AddressPolicy(addresses.rules, isDryRun: addresses.isDryRun)) }
        if let maintenance { chain.append(MaintenancePolicy(maintenance)) }
        chain += rates.map { rate in
            former.lazy.compactMap { $0 as? RatePolicy }.first { $0.limit == rate } ?? RatePolicy(rate)
        }
        if let concurrency {
            let kept = former.lazy.compactMap { $0 as? ConcurrencyPolicy }.first { $0.limit == concurrency }
            chain.append(kept ?? ConcurrencyPolicy(concurrency))
        }
        if let authentication { chain.append(BasicAuthenticationPolicy(authentication)) }
        if let forwardAuthentication {
            chain.append(ForwardAuthenticationPolicy(forwardAuthentication, by: sender))
        }
        if let limits { chain.append(LimitPolicy(limits)) }
        return chain
    }

    /// The application with its cache, within all policies: who may not come gets nothing of it either.
    ///
    /// - Parameters:
    ///   - identity: all that makes the application the same one.
    ///   - caches: those that there are; a new one is added.
    package func cached(
        _ application: any Application,
        identity: String,
        in caches: inout [ResponseCache]
    ) -> any Application {
        guard let cache else { return application }
        let known = caches.first { $0.configuration == cache }
        let own = known ?? ResponseCache(cache)
        if known == nil { caches.append(own) }
        return CachedApplication(
            application,
            cache: own,
            origin: own.origin(of: identity),
            isGuarded: authentication != nil || forwardAuthentication != nil
        )
    }
}
