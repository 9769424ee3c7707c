import MartletServer
import MartletSettings

/// How processes that the server starts are run.
extension SettingKind where Value == String? {
    /// The folder that one begins in.
    ///
    /// - Parameter otherwise: which one it is where nothing is said.
    static func workingFolder(accepts: String = "an existing folder", otherwise: String) -> Self {
        .text(
            "folder",
            accepts: accepts,
            read: { try FileSystem.existingFolder($0) },
            write: { $0 ?? otherwise }
        )
        .relative { $0.isEmpty ? $0 : FileSystem.join($1, $0) }
    }

    /// Who one runs as.
    static var processUser: Self {
        .text(
            "name",
            accepts: "`USER` or `USER:GROUP`, by name or number; for root only",
            read: { try ServerConfiguration.user($0) },
            write: { $0 ?? "the server's own user" }
        )
    }
}
