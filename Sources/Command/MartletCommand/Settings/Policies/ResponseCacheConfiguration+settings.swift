package import MartletPolicies
package import MartletServer

extension ResponseCacheConfiguration: PolicyConfiguration {
    static let key = "response-cache"
    static let path: any WritableKeyPath<PolicySettings, PolicyChoice<Self>> & Sendable = \.responseCache
    static let summary =
        "Answers that the application allows to be kept (`Cache-Control`) are kept, and sent without asking it."
    static let isCompleteByDefault = true
    package static let defaults = ResponseCacheConfiguration()

    package static let settings: [Setting<ResponseCacheConfiguration>] = [
        Setting(
            "memory",
            \.memory,
            .size((1 << 20)...(1 << 40)),
            "How much memory answers may take",
            details: "What has not been asked for longest goes first, in eight parts that are bounded each on its own.",
            precedent: "Varnish -s malloc,100m"
        ),
        Setting(
            "disk",
            \.disk,
            .size(0...(1 << 50)),
            "How much room on disk bodies above 64 KB may take, in at most 512 files without names, which are gone when the server ends",
            precedent: "nginx proxy_cache_path max_size",
            defaultText: "0 B: all of it is in memory"
        ),
        Setting(
            "folder",
            \.folder,
            .optional(.path("folder", accepts: "a folder"), none: "TMPDIR"),
            "Where those files are made",
            precedent: "nginx proxy_cache_path",
            defaultText: "`TMPDIR`, or `/tmp`"
        ),
        Setting(
            "max-object",
            \.objectLimit,
            .size(1024...(1 << 37)),
            "The largest body that is kept, at most an eighth of `memory`",
            precedent: "Apache CacheMaxFileSize 1000000"
        ),
        Setting(
            "default",
            \.freshness,
            .duration(.zero ... .year),
            "How long answers are kept that say nothing about it: those with 200, 203, 301 or 308, to requests without cookies and passwords",
            precedent: "nginx proxy_cache_valid",
            defaultText: "0s: they are not kept"
        ),
        Setting(
            "stale-while-revalidate",
            \.staleWhileRevalidate,
            .duration(.zero ... .year),
            "For how long after its time an answer is sent while a newer one is fetched, where it does not say so itself",
            precedent: "nginx proxy_cache_background_update, RFC 5861"
        ),
        Setting(
            "stale-if-error",
            \.staleIfError,
            .duration(.zero ... .year),
            "For how long after its time an answer is sent when the application fails (500, 502, 503, 504), where it does not say so itself",
            precedent: "nginx proxy_cache_use_stale error, RFC 5861"
        ),
        Setting(
            "wait",
            \.wait,
            .duration(.zero ... .seconds(3600)),
            "How long a request waits for another one that fetches the same answer, before it asks the application too",
            precedent: "nginx proxy_cache_lock_timeout 5s"
        ),
        Setting(
            "key",
            \.keyFields,
            .list(.fieldName, none: "none"),
            "Fields of requests by which answers differ, besides those that `Vary` names",
            precedent: "nginx proxy_cache_key",
            defaultText: "none: scheme, name, path and query"
        ),
        Setting(
            "client-control",
            \.clientsDecide,
            .onOff,
            "Whether clients may ask for newer answers (`Cache-Control: no-cache`, `max-age`, `min-fresh`), as a browser's reload does",
            precedent: "nginx ignores them"
        ),
        Setting(
            "status-header",
            \.statusField,
            .optional(.fieldName, none: "none"),
            "A field of answers that says what the cache has done: `Cache-Status` (RFC 9211), or `X-Cache` with one word",
            precedent: "nginx $upstream_cache_status",
            defaultText: "none"
        ),
    ]

    func check() throws(PolicyError) { try validate() }
}
