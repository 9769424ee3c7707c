import MartletSettings

/// Folders that an application writes to beside its own files, as far as that can be seen: a unit that forbids it would break the
/// application at its first database.
enum WrittenPlaces {
    /// Where Flask keeps what belongs to one installation, and where uploads usually are.
    private static let folders = ["instance", "media", "uploads"]
    private static let databases = [".sqlite3", ".sqlite", ".db"]

    /// - Returns: paths in the folder; `.` for all of it, since SQLite makes files beside its database.
    static func find(in contents: FolderContents) -> [String] {
        let isDatabase = contents.files(in: ".").contains { name in databases.contains { name.hasSuffix($0) } }
        return isDatabase ? ["."] : folders.filter { !contents.files(in: $0).isEmpty }
    }
}
