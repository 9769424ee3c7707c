import MartletBytes

/// What a response cache keeps, and for how long.
package struct ResponseCacheConfiguration: Sendable, Hashable {
    /// Bytes, with what is kept beside the bodies. nginx's zones hold keys alone.
    package var memory = 64 << 20
    /// Bytes of bodies in files; none if 0.
    package var disk = 0
    /// Where those files are made; where temporary files are made if nil.
    package var folder: String?
    package var objectLimit = 1 << 20
    /// How long answers are fresh that say nothing about it.
    package var freshness = Duration.zero
    /// For answers that do not say it themselves.
    package var staleWhileRevalidate = Duration.zero
    package var staleIfError = Duration.zero
    /// How long a request waits for another one to fetch the same answer. nginx proxy_cache_lock_timeout is 5 s.
    package var wait = Duration.seconds(5)
    /// Fields of requests by which answers differ, besides those that `Vary` names; in lower case.
    package var keyFields: [String] = []
    /// Whether a client may ask for an answer that is newer.
    package var clientsDecide = false
    /// The field of answers that says what the cache has done.
    package var statusField: String?
    /// Caches with the same configuration and the same scope are one, also over a reload.
    package var scope = ""

    package init() {}

    package func counting(_ scope: String) -> Self {
        var configuration = self
        configuration.scope = scope
        return configuration
    }

    /// Bodies above this go into a file, if there may be files: sendfile pays off.
    static let memoryBody = 65_536
    /// Open files, of which each is one answer. They count into what the server needs.
    package static let files = 512
    /// Parts that are locked and bounded each on its own.
    static let shards = 8

    package var descriptors: Int { disk > 0 ? Self.files : 0 }

    /// - Throws: ``PolicyError``.
    package func validate() throws(PolicyError) {
        guard objectLimit <= memory / Self.shards else {
            throw PolicyError("max-object is at most an eighth of memory; write a smaller one, or a larger memory")
        }
        guard folder == nil || disk > 0 else {
            throw PolicyError("folder says where files are made, and there are none without disk = \"1GB\"")
        }
        guard disk == 0 || objectLimit <= disk / Self.shards else {
            throw PolicyError("max-object is at most an eighth of disk; write a smaller one, or a larger disk")
        }
    }
}
