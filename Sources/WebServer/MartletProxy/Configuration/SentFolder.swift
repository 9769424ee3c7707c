/// A folder whose files upstreams may have this server send: `/srv/files`, or `/protected=/srv/files`.
package struct SentFolder: Sendable, Hashable, CustomStringConvertible {
    /// What X-Accel-Redirect has before the name of a file, without a slash at its end: empty where that is the path below the
    /// folder.
    package var prefix: String
    package var folder: String

    package init(prefix: String = "", folder: String) {
        self.prefix = prefix
        self.folder = folder
    }

    package var description: String { prefix.isEmpty ? folder : "\(prefix)=\(folder)" }
}
