import GRDB

/// Somebody who can log in.
struct User: Codable, FetchableRecord, Sendable {
    var id: Int
    var name: String
    var password: String
}

/// A post with the name of its author.
struct Post: Codable, FetchableRecord, Sendable {
    var id: Int
    /// The id of who has written it.
    var author: Int
    /// The name.
    var writer: String
    var created: String
    var title: String
    var body: String
}

/// Everything that is asked of SQLite.
struct BlogDatabase: Sendable {
    let pool: DatabasePool

    init(path: String) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        pool = try DatabasePool(path: path, configuration: configuration)
        var migrator = DatabaseMigrator()
        migrator.registerMigration("users and posts") { database in
            try database.execute(
                sql: """
                    CREATE TABLE user (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, password TEXT NOT NULL);
                    CREATE TABLE post (
                        id INTEGER PRIMARY KEY,
                        author INTEGER NOT NULL REFERENCES user (id),
                        created TEXT NOT NULL DEFAULT CURRENT_DATE,
                        title TEXT NOT NULL,
                        body TEXT NOT NULL
                    );
                    """
            )
        }
        try migrator.migrate(pool)
    }

    /// Whether the name was free.
    func addUser(_ name: String, password: String) async throws -> Bool {
        try await pool.write { database in
            try database.execute(
                sql: "INSERT INTO user (name, password) VALUES (?, ?) ON CONFLICT DO NOTHING",
                arguments: [name, password]
            )
            return database.changesCount > 0
        }
    }

    func user(named name: String) async throws -> User? {
        try await pool.read { try User.fetchOne($0, sql: "SELECT * FROM user WHERE name = ?", arguments: [name]) }
    }

    private static let selection = "SELECT post.*, user.name AS writer FROM post JOIN user ON user.id = post.author"

    /// The newest first.
    func posts() async throws -> [Post] {
        try await pool.read { try Post.fetchAll($0, sql: Self.selection + " ORDER BY post.id DESC") }
    }

    func post(_ id: Int) async throws -> Post? {
        try await pool.read { try Post.fetchOne($0, sql: Self.selection + " WHERE post.id = ?", arguments: [id]) }
    }

    func addPost(_ title: String, _ body: String, by author: Int) async throws {
        try await pool.write { database in
            try database.execute(
                sql: "INSERT INTO post (author, title, body) VALUES (?, ?, ?)",
                arguments: [author, title, body]
            )
        }
    }

    func changePost(_ id: Int, _ title: String, _ body: String) async throws {
        try await pool.write { database in
            try database.execute(
                sql: "UPDATE post SET title = ?, body = ? WHERE id = ?",
                arguments: [title, body, id]
            )
        }
    }

    func deletePost(_ id: Int) async throws {
        try await pool.write { try $0.execute(sql: "DELETE FROM post WHERE id = ?", arguments: [id]) }
    }
}
