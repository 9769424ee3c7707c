/// Where sessions are kept on the server: in memory, a database, a cache. Keys are texts of 43 letters, digits, hyphens and
/// underscores; what is kept is JSON.
public protocol SessionStore: Sendable {
    /// What is kept under a key; nil if nothing is, or if its time is over.
    ///
    /// - Parameter now: seconds since 1970.
    func load(_ key: String, now: Int) async throws -> [UInt8]?

    /// Keeps it, in place of what was there.
    ///
    /// - Parameter expires: until when, in seconds since 1970.
    func save(_ key: String, _ bytes: [UInt8], expires: Int) async throws

    func delete(_ key: String) async throws
}
