internal import FoundationEssentials
public import GRDB
internal import Glibc
public import MartletSessions

/// Sessions in a database of SQLite, which outlive the process and can be shared by several on one machine.
///
///     app.sessions(keys, in: try SQLiteSessionStore(path: "sessions.db"))
///
/// 1. The database is in WAL mode: readers and the one writer do not wait for each other. A writer waits up to 5 s for that of another
///    process, as SQLAlchemy and Python's `sqlite3` do.
/// 2. What is kept under is the SHA-256 of a session's id, so that nobody who reads the file can make a cookie of it. The values are
///    readable.
/// 3. Sessions that are over go away by themselves, up to 1000 every five minutes.
public struct SQLiteSessionStore: SessionStore {
    private let database: any DatabaseWriter
    private let sweeps: SweepClock

    /// Opens a file, or makes it, for its owner alone.
    ///
    /// - Throws: `DatabaseError`, for a file that is none, or in a folder that is not there.
    public init(path: String) throws {
        // Made here if it is not there: SQLite makes files that the group can read, and gives its journals the rights of the file.
        let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        if descriptor >= 0 { close(descriptor) }
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.label = "martlet.sessions"
        try self.init(try DatabasePool(path: path, configuration: configuration))
    }

    /// Keeps the sessions in the app's own database, in the tables `martlet_sessions` and `martlet_schema`.
    ///
    /// - Throws: `DatabaseError`.
    public init(_ database: some DatabaseWriter) throws {
        self.database = database
        sweeps = SweepClock()
        try SessionSchema.migrate(database)
    }

    public func load(_ key: String, now: Int) async throws -> [UInt8]? {
        try await database.read { database in
            try Data.fetchOne(
                database,
                sql: "SELECT value FROM martlet_sessions WHERE key = ? AND expires > ?",
                arguments: [key, now]
            )
        }.map(Array.init)
    }

    public func save(_ key: String, _ bytes: [UInt8], expires: Int) async throws {
        let now = Int(time(nil))
        let isTimeToSweep = sweeps.isDue(at: now)
        try await database.write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO martlet_sessions (key, value, expires) VALUES (?, ?, ?)",
                arguments: [key, Data(bytes), expires]
            )
            if isTimeToSweep { try Self.sweep(database, now: now) }
        }
    }

    public func delete(_ key: String) async throws {
        try await database.write { database in
            try database.execute(sql: "DELETE FROM martlet_sessions WHERE key = ?", arguments: [key])
        }
    }

    /// Deletes sessions that are over, at most 1000 of them, so that nobody waits long for the database.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Returns: how many there were.
    @discardableResult
    public func sweep(now: Int) async throws -> Int {
        try await database.write { try Self.sweep($0, now: now) }
    }

    @discardableResult
    private static func sweep(_ database: Database, now: Int) throws -> Int {
        try database.execute(
            sql: """
                DELETE FROM martlet_sessions WHERE key IN (SELECT key FROM martlet_sessions WHERE expires <= ? LIMIT 1000)
                """,
            arguments: [now]
        )
        return database.changesCount
    }
}
