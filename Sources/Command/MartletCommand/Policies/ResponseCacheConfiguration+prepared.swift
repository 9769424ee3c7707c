import Glibc
import MartletPolicies
import MartletSettings

extension ResponseCacheConfiguration {
    /// - Throws: ``PolicyProblem`` if files cannot be made where they are to be.
    func prepared() throws(PolicyProblem) -> ResponseCacheConfiguration {
        var configuration = self
        configuration.keyFields = keyFields.map { $0.lowercased() }
        guard disk > 0, let folder else { return configuration }
        guard FileSystem.kind(of: folder) == .folder else {
            throw PolicyProblem(key: "folder", description: "there is no folder \(folder)")
        }
        guard access(folder, W_OK) == 0 else {
            throw PolicyProblem(key: "folder", description: "files cannot be made in \(folder)")
        }
        return configuration
    }
}
