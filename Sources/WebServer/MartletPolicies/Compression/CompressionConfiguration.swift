package import MartletBytes

/// How answers are compressed.
package struct CompressionConfiguration: Sendable {
    /// Which codings are offered; an answer's is the one that the client likes best.
    package var codings = ContentCoding.available
    package var types = MediaTypePattern.defaults
    /// Shorter bodies are sent as they are, unless the client refuses that. Caddy's minimum_length is 512, nginx's 20.
    package var minimum = 512
    /// Caddy's is 5, nginx's 1, of 9.
    package var gzipLevel = 5
    /// zstd's own default, and Caddy's, of 22; above 19 is for archives.
    package var zstdLevel = 3
    /// What fits an answer that is made while the client waits: Apache's is 5, of 11.
    package var brotliQuality = 4
    package var breach = BreachGuard.crossSite

    package init() {}
}
