/// Which symbolic links are followed.
package enum SymlinkPolicy: String, Sendable, CaseIterable {
    /// Those that do not leave the folder.
    case inside
    case all
}
