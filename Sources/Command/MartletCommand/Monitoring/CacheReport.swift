import MartletMonitoring
import MartletPolicies

/// A response cache and where it is asked for: by a route, by a site (no route), or for all of them (neither).
struct CacheReport: Encodable, Sendable {
    let site: String
    let route: String
    let cache: ResponseCacheReport
}

extension RunningSite {
    /// What its caches have and have done.
    var cacheReports: [CacheReport] {
        var places: [String: (site: String, route: String)] = [:]
        for host in site.allHosts {
            for route in host.routes {
                places[route.policies.responseCache.place] = (route.host ?? "", "\(route.path)")
            }
            places[host.policies.responseCache.place] = (host.title ?? "", "")
        }
        return caches.map { cache in
            let (site, route) = places[cache.configuration.scope] ?? ("", "")
            return CacheReport(site: site, route: route, cache: cache.report)
        }
    }
}

extension [CacheReport] {
    /// For Prometheus.
    var families: [MetricFamily] {
        var requests = MetricFamily(
            "martlet_cache_requests",
            .counter,
            "Requests that a response cache was asked about, by what it had."
        )
        var fills = MetricFamily("martlet_cache_fills", .counter, "Answers that were taken in.")
        var evictions = MetricFamily("martlet_cache_evictions", .counter, "Answers that had to go for others.")
        var answers = MetricFamily("martlet_cache_answers", .gauge, "Answers that are kept.")
        var bytes = MetricFamily("martlet_cache_bytes", .gauge, "What they take.")
        for report in self {
            let labels: KeyValuePairs = ["site": report.site, "route": report.route]
            let cache = report.cache
            for (result, count) in [("hit", cache.hits), ("stale", cache.stale), ("miss", cache.misses)] {
                requests.add(count, ["site": report.site, "route": report.route, "result": result])
            }
            fills.add(cache.fills, labels)
            evictions.add(cache.evictions, labels)
            answers.add(cache.answers, labels)
            for (place, count) in [("memory", cache.memory), ("disk", cache.disk)] {
                bytes.add(count, ["site": report.site, "route": report.route, "place": place])
            }
        }
        return [requests, fills, evictions, answers, bytes]
    }
}
