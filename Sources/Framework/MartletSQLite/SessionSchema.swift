internal import GRDB

/// The table of the sessions, and how it becomes what this version needs.
///
/// Its version has a table of its own: the migrations of the app, which may be in the same database, do not know it, and a
/// `DatabaseMigrator` would take it for one of the app's.
enum SessionSchema {
    /// Each is applied once, in this order. One that was published is never changed.
    private static let steps = [
        """
        CREATE TABLE martlet_sessions (key TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX martlet_sessions_by_end ON martlet_sessions (expires);
        """
    ]

    /// Two processes may start at once: a write begins with the lock, so that the second one finds what the first one has made.
    static func migrate(_ database: some DatabaseWriter) throws {
        try database.write { database in
            try database.execute(
                sql:
                    "CREATE TABLE IF NOT EXISTS martlet_schema (name TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL)"
            )
            let version =
                try Int.fetchOne(database, sql: "SELECT version FROM martlet_schema WHERE name = 'sessions'") ?? 0
            guard version <= steps.count else { throw NewerSchema(version: version, known: steps.count) }
            for step in steps.dropFirst(max(version, 0)) { try database.execute(sql: step) }
            try database.execute(
                sql: "INSERT OR REPLACE INTO martlet_schema (name, version) VALUES ('sessions', ?)",
                arguments: [steps.count]
            )
        }
    }
}

/// The sessions were kept by a later version, whose table this one does not know.
public struct NewerSchema: Error, Equatable, CustomStringConvertible {
    let version: Int
    let known: Int

    public var description: String {
        "The sessions in this database are of version \(version), and this program knows up to \(known). Give it another file, or use the later version of Martlet that has written it."
    }
}
