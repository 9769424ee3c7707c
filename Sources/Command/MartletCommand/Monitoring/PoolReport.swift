import MartletMonitoring
import MartletWSGI

/// The pool of a route, as the status page shows it.
struct PoolReport: Encodable, Sendable {
    let site: String
    let route: String
    let pool: PoolStatus
}

extension ApplicationReport {
    init(_ pools: [PoolReport], _ caches: [CacheReport] = []) {
        self.init()
        self.pools = pools
        self.caches = caches
        var workers = MetricFamily("martlet_pool_workers", .gauge, "Worker processes, by their state.")
        var bounds = MetricFamily(
            "martlet_pool_workers_bound",
            .gauge,
            "How many workers there are at least and at most."
        )
        var threads = MetricFamily("martlet_pool_threads", .gauge, "Threads of workers that are ready.")
        var busy = MetricFamily("martlet_pool_busy_threads", .gauge, "Threads of workers that have a request.")
        var queue = MetricFamily("martlet_pool_queue_requests", .gauge, "Requests that wait for a worker.")
        var oldest = MetricFamily(
            "martlet_pool_queue_oldest_seconds",
            .gauge,
            "How long the oldest of the waiting requests has waited."
        )
        var memory = MetricFamily("martlet_pool_memory_bytes", .gauge, "Memory of the workers' own.")
        for report in pools {
            let (site, route, pool) = (report.site, report.route, report.pool)
            for state in ["starting", "ready", "retiring"] {
                let count = pool.workers.count { $0.state == state }
                workers.add(count, ["site": site, "route": route, "state": state])
            }
            bounds.add(pool.leastWorkers, ["site": site, "route": route, "bound": "least"])
            bounds.add(pool.mostWorkers, ["site": site, "route": route, "bound": "most"])
            let labels: KeyValuePairs = ["site": site, "route": route]
            threads.add(pool.workers.count { $0.state == "ready" } * pool.threads, labels)
            busy.add(pool.workers.reduce(0) { $0 + $1.requests.count }, labels)
            queue.add(pool.queueLength, labels)
            oldest.add(pool.queueSeconds, labels)
            memory.add(pool.workers.reduce(0) { $0 + $1.memory }, labels)
        }
        families = [workers, bounds, threads, busy, queue, oldest, memory] + caches.families
    }
}
