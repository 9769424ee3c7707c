import Glibc
import MartletPolicies
import MartletSettings

extension ResponseCacheConfiguration {
    /// - Throws: ``PolicyProblem`` if there is no room for files where they are to be.
    func prepared() throws(PolicyProblem) -> ResponseCacheConfiguration {
        guard disk > 0, let folder else { return self }
        guard FileSystem.kind(of: folder) == .folder else {
            throw PolicyProblem(key: "folder", description: "there is no folder \(folder)")
        }
        guard access(folder, W_OK) == 0 else {
            throw PolicyProblem(key: "folder", description: "files cannot be made in \(folder)")
        }
        return self
    }
}
