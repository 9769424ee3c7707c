import Foundation
import GRDB
import MartletForms
import MartletSessions
import Testing

@testable import MartletSQLite

/// Sessions in a file: restarts, several processes, the end of sessions, and what the file shows.
@Suite struct SQLiteSessionStoreTests {
    /// A folder of the test's own.
    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID())").path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    @Test("Saved, replaced, deleted, over; and there after a restart")
    func restart() async throws {
        try await withFolder { folder in
            let path = folder + "/sessions.db"
            var store: SQLiteSessionStore? = try SQLiteSessionStore(path: path)
            try await store?.save("a", [1, 2], expires: 4_000_000_000)
            try await store?.save("a", [3], expires: 4_000_000_000)
            try await store?.save("b", [4], expires: 4_000_000_000)
            try await store?.delete("b")
            store = nil
            let again = try SQLiteSessionStore(path: path)
            #expect(try await again.load("a", now: 0) == [3])
            #expect(try await again.load("a", now: 4_000_000_000) == nil)
            #expect(try await again.load("b", now: 0) == nil)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test("The file has the hash of an id, and not the id")
    func hashed() async throws {
        try await withFolder { folder in
            let keys = KeyRing.random()
            let now = Int(Date().timeIntervalSince1970)
            let sessions = StoredSessions(keys, store: try SQLiteSessionStore(path: folder + "/sessions.db"))
            var session = Session()
            session["user"] = "ada"
            let cookie = try #require(try await sessions.cookie(for: session, now: now))
            let found = try await sessions.session(in: ["martlet_session": cookie.value], now: now).session
            #expect(found["user"] == "ada")
            let id = try #require(found.id)
            var everything = Data()
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                everything += try Data(contentsOf: URL(filePath: folder + "/" + name))
            }
            #expect(everything.range(of: Data(id.storeKey.utf8)) != nil)
            #expect(everything.range(of: Data(id.bytes)) == nil)
            #expect(everything.range(of: Data(cookie.value.prefix(43).utf8)) == nil)
        }
    }

    @Test("Sessions that are over go away, a thousand at a time")
    func sweep() async throws {
        let database = try DatabaseQueue()
        let store = try SQLiteSessionStore(database)
        try await database.write { database in
            for number in 0..<1_500 {
                try database.execute(
                    sql: "INSERT INTO martlet_sessions VALUES (?, x'00', ?)",
                    arguments: ["\(number)", number < 1_200 ? 1_000 : 4_000_000_000]
                )
            }
        }
        #expect(try await store.sweep(now: 999) == 0)
        #expect(try await store.sweep(now: 1_000) == 1_000)
        #expect(try await store.sweep(now: 1_000) == 200)
        // The first saving looks as well.
        try await store.save("last", [], expires: .max)
        let count = try await database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM martlet_sessions") }
        // Those that are not over, and the new one.
        #expect(count == 301)
    }

    @Test("It is time once in five minutes, and after the clock was put back")
    func clock() {
        let clock = SweepClock()
        let due = [1_000, 1_000, 1_299, 1_300, 1_599, 1_600, 10, 20].filter { clock.isDue(at: $0) }
        #expect(due == [1_000, 1_300, 1_600, 10])
    }

    @Test("Beside the tables of an app, whose migrations go on")
    func sharedDatabase() async throws {
        try await withFolder { folder in
            let pool = try DatabasePool(path: folder + "/app.db")
            var migrator = DatabaseMigrator()
            migrator.registerMigration("posts") { try $0.execute(sql: "CREATE TABLE post (id INTEGER)") }
            try migrator.migrate(pool)
            for _ in 0..<2 { _ = try SQLiteSessionStore(pool) }
            let applied = try await pool.read { [migrator] in try migrator.appliedIdentifiers($0) }
            #expect(applied == ["posts"])
            try await pool.write { try $0.execute(sql: "UPDATE martlet_schema SET version = 9") }
            let error = #expect(throws: NewerSchema.self) { try SQLiteSessionStore(pool) }
            #expect(error?.description.contains("of version 9, and this program knows up to 1") == true)
        }
    }

    @Test("Two processes at once", .timeLimit(.minutes(2)))
    func processes() async throws {
        try await withFolder { folder in
            let path = folder + "/sessions.db"
            let program = try #require(Bundle.main.executableURL).deletingLastPathComponent().appending(
                path: "session-writer"
            )
            let processes = try ["a", "b"].map { name in
                let process = Process()
                process.executableURL = program
                process.arguments = [path, name, "200"]
                try process.run()
                return process
            }
            for process in processes {
                process.waitUntilExit()
                #expect(process.terminationStatus == 0)
            }
            let store = try SQLiteSessionStore(path: path)
            for name in ["a-0", "a-199", "b-0", "b-199"] {
                #expect(try await store.load(name, now: 0) == Array(name.utf8))
            }
        }
    }

    @Test("A file that is no database")
    func noDatabase() async throws {
        try await withFolder { folder in
            let path = folder + "/text.db"
            try Data(repeating: 65, count: 5_000).write(to: URL(filePath: path))
            #expect(throws: DatabaseError.self) { try SQLiteSessionStore(path: path) }
            #expect(throws: DatabaseError.self) { try SQLiteSessionStore(path: folder + "/none/sessions.db") }
        }
    }
}
